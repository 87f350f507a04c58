/** Plain pages for links into the workspace. They are not Grafana's user interface. */
import { tagsOf } from '../dashboards';
import type { Grafana } from '../grafana';
import type { Answer, HttpCall, Route } from '../router';
import { urlOf } from './dashboards';

const page = (path: string, handle: (call: HttpCall) => Answer): Route => ({
  method: 'GET',
  path,
  role: 'anyone',
  permission: '',
  handle,
});

export const pageRoutes: readonly Route[] = [
  page('/', ({ grafana }) => html(grafana, 'Grafana stand-in', index(grafana))),
  page('/explore', ({ grafana, query }) =>
    html(
      grafana,
      'Explore',
      `${notGrafana}<h2>What the link asks for</h2><pre>${escapeHtml(pretty(query.get('panes') ?? query.get('left') ?? 'nothing'))}</pre>`,
    ),
  ),
  page('/d/:uid/*rest', ({ grafana, params }) => dashboardPage(grafana, params['uid'] ?? '')),
  page('/d/:uid', ({ grafana, params }) => dashboardPage(grafana, params['uid'] ?? '')),
  page('/dashboards/*rest', ({ grafana }) => html(grafana, 'Dashboards', index(grafana))),
  page('/alerting/*rest', ({ grafana }) => html(grafana, 'Alerting', index(grafana))),
];

const notGrafana =
  '<p>This is the local cloud’s stand-in for Grafana: it keeps data sources, dashboards and alert rules and runs their queries, and it draws nothing. With a Grafana binary named by <code>GRAFANA_BIN</code> this address is a real Grafana.</p>';

function index(grafana: Grafana): string {
  const sources = grafana.dataSources
    .list()
    .map(
      (source) => `${escapeHtml(source.name)} <small>${escapeHtml(source.type)} · ${escapeHtml(source.uid)}</small>`,
    );
  const dashboards = [...grafana.dashboards.dashboards.values()].map(
    (one) =>
      `<a href="${escapeHtml(urlOf(one))}">${escapeHtml(String(one.model['title']))}</a> <small>${escapeHtml(tagsOf(one).join(', '))}</small>`,
  );
  const rules = grafana.alerting
    .rules()
    .map((rule) => `${escapeHtml(rule.title)} <small>${escapeHtml(grafana.engine.stateOf(rule.uid))}</small>`);
  return `${notGrafana}${list('Data sources', sources)}${list('Dashboards', dashboards)}${list('Alert rules', rules)}`;
}

function dashboardPage(grafana: Grafana, uid: string): Answer {
  const stored = grafana.dashboards.dashboards.get(uid);
  if (!stored) return { ...html(grafana, 'Dashboard not found', notGrafana), status: 404 };
  return html(
    grafana,
    String(stored.model['title']),
    `${notGrafana}<h2>Model</h2><pre>${escapeHtml(JSON.stringify(stored.model, null, 2))}</pre>`,
  );
}

function list(title: string, items: readonly string[]): string {
  return `<h2>${title}</h2>${items.length > 0 ? `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>` : '<p>None.</p>'}`;
}

function html(grafana: Grafana, title: string, content: string): Answer {
  const style =
    'body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}small{opacity:.7}pre{overflow:auto}';
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style><h1>${escapeHtml(title)}</h1><p>Workspace ${escapeHtml(grafana.options.workspaceId)}, Grafana ${escapeHtml(grafana.features.fullVersion)}</p>${content}</html>`;
  return {
    status: 200,
    body: Buffer.from(text),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    },
  };
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
