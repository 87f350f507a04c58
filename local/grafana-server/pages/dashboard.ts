import { exploreQuery, type Html, html } from '../../../report';
import { isObject } from '../errors';
import type { Grafana } from '../grafana';
import type { Answer } from '../router';
import { pageOf } from './layout';

type Model = Readonly<Record<string, unknown>>;

/** A dashboard as a list of its panels: description, queries, and for each query the way to its result in Explore. */
export function dashboardPage(grafana: Grafana, uid: string): Answer {
  const stored = grafana.dashboards.dashboards.get(uid);
  if (!stored)
    return pageOf(
      grafana,
      'Dashboard not found',
      html`<p>There is no dashboard with the uid ${uid}. <a href="/">What the workspace holds</a></p>`,
      404,
    );
  const panels = panelsOf(stored.model);
  return pageOf(
    grafana,
    String(stored.model['title']),
    html`<h2>Panels</h2>${panels.map((panel) => panelSection(panel))}
<h2>Model</h2><details><summary>The JSON that Grafana keeps</summary><pre>${JSON.stringify(stored.model, null, 2)}</pre></details>`,
  );
}

function panelsOf(model: Model): readonly Model[] {
  const list = Array.isArray(model['panels']) ? model['panels'].filter(isObject) : [];
  return list.flatMap((panel) => [panel, ...panelsOf(panel)]).filter((panel) => panel['type'] !== 'row');
}

function panelSection(panel: Model): Html {
  const targets = Array.isArray(panel['targets']) ? panel['targets'].filter(isObject) : [];
  const { title, description } = panel;
  return html`<section><h3>${String(title || `Panel ${String(panel['id'])}`)}</h3>${typeof description === 'string' && html`<p class="soft">${description}</p>`}${targets.map((target) => queryLine(panel, target))}</section>`;
}

function queryLine(panel: Model, target: Model): Html {
  const text = String(target['expr'] ?? target['query'] ?? '');
  const source = uidOf(target['datasource']) ?? uidOf(panel['datasource']) ?? '';
  // Only a query without variables can be run as it stands.
  const isRunnable = /^(tempo|loki|prometheus)$/.test(source) && !/\$(?!__)\{?\w/.test(text);
  const query = Object.fromEntries(
    Object.entries(target).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  const name = `Run query ${String(target['refId'] ?? 'A')} of ${String(panel['title'] ?? 'the panel')}`;
  return html`<pre>${text}</pre>${isRunnable && html`<p><a href="${exploreQuery('http://explore', source as 'loki', query).slice('http://explore'.length)}">${name}</a></p>`}`;
}

function uidOf(reference: unknown): string | undefined {
  return isObject(reference) && typeof reference['uid'] === 'string' ? reference['uid'] : undefined;
}
