/** Plain pages for links into the workspace. They are not Grafana's user interface. */
import { type Html, html } from '../../../report';
import { tagsOf } from '../dashboards';
import type { Grafana } from '../grafana';
import { dashboardPage } from '../pages/dashboard';
import { explorePage } from '../pages/explore';
import { pageOf } from '../pages/layout';
import type { Route } from '../router';
import { urlOf } from './dashboards';

const page = (path: string, handle: Route['handle']): Route => ({
  method: 'GET',
  path,
  role: 'anyone',
  permission: '',
  handle,
});

export const pageRoutes: readonly Route[] = [
  page('/', ({ grafana }) => pageOf(grafana, 'What the workspace holds', index(grafana))),
  page('/explore', explorePage),
  page('/d/:uid/*rest', ({ grafana, params }) => dashboardPage(grafana, params['uid'] ?? '')),
  page('/d/:uid', ({ grafana, params }) => dashboardPage(grafana, params['uid'] ?? '')),
  page('/dashboards/*rest', ({ grafana }) => pageOf(grafana, 'Dashboards', index(grafana))),
  page('/alerting/*rest', ({ grafana }) => pageOf(grafana, 'Alerting', index(grafana))),
];

function index(grafana: Grafana): Html {
  const dashboards = [...grafana.dashboards.dashboards.values()].map(
    (one) => html`<a href="${urlOf(one)}">${String(one.model['title'])}</a> <small>${tagsOf(one).join(', ')}</small>`,
  );
  const sources = grafana.dataSources
    .list()
    .map(({ name, type, uid }) => html`${name} <small>${type} · ${uid}</small>`);
  const rules = grafana.alerting
    .rules()
    .map((rule) => html`${rule.title} <small>${grafana.engine.stateOf(rule.uid)}</small>`);
  return html`${list('Dashboards', dashboards)}${list('Data sources', sources)}${list('Alert rules', rules)}`;
}

function list(title: string, items: readonly Html[]): Html {
  return html`<h2>${title}</h2>${items.length > 0 ? html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>` : html`<p>None.</p>`}`;
}
