import type { Content } from '../content';
import type { Grafana } from '../grafana';
import { readDashboard } from '../stored-dashboard';
import type { Check } from './check';

/** Variables and panels that links to one dashboard ask for. */
interface Asked {
  readonly variables: Set<string>;
  readonly panels: Set<number>;
}

/**
 * Follows the links of alert rules, panels and texts to the dashboards as Grafana stores them: each exists, has the
 * variables that a link sets, and the panel that it opens.
 */
export function referenceCheck(grafana: Grafana, content: Content): Check {
  return {
    name: 'link:alerts-to-dashboards',
    query: 'the dashboards, variables and panels that alert rules and dashboard links name',
    expected: 'each exists',
    deadline: 10_000,
    async look() {
      const named = linksOf(content);
      const missing: string[] = [];
      for (const [uid, asked] of named) missing.push(...(await missingIn(grafana, uid, asked)));
      if (missing.length > 0)
        return {
          verdict: 'wrong',
          found: `there is no ${missing.join(', no ')}`,
          hop: 'content',
          remedy: 'Correct the link in grafana/, or run sls setup to put the dashboard back.',
        };
      const variables = [...named.values()].reduce((sum, asked) => sum + asked.variables.size, 0);
      return { verdict: 'passed', found: `${named.size} dashboards, with ${variables} variables that links set` };
    },
  };
}

/** What the shipped rules and dashboards ask for, by the uid of the dashboard. */
function linksOf({ rules, dashboards }: Content): ReadonlyMap<string, Asked> {
  const named = new Map<string, Asked>();
  const of = (uid: string): Asked => {
    const asked = named.get(uid) ?? { variables: new Set<string>(), panels: new Set<number>() };
    named.set(uid, asked);
    return asked;
  };
  for (const { annotations } of rules) {
    const uid = annotations['__dashboardUid__'];
    if (uid !== undefined && uid !== '') of(uid);
  }
  const models = dashboards.map(({ model }) => model);
  for (const [, uid = '', query = ''] of JSON.stringify([models, rules]).matchAll(
    /\/d\/([A-Za-z0-9_-]+)(?:\?([^"\\\s)]*))?/g,
  )) {
    const asked = of(uid);
    for (const part of query.split('&')) {
      const variable = /^var-(\w+)=/.exec(part)?.[1] ?? /^\$\{(\w+):queryparam\}$/.exec(part)?.[1];
      if (variable !== undefined) asked.variables.add(variable);
      const panel = /^viewPanel=(\d+)$/.exec(part)?.[1];
      if (panel !== undefined) asked.panels.add(Number(panel));
    }
  }
  return named;
}

async function missingIn(grafana: Grafana, uid: string, asked: Asked): Promise<readonly string[]> {
  const stored = await readDashboard(grafana, uid);
  if (!stored) return [`dashboard ${uid}`];
  // The check of its panels tells that it is in another schema.
  if (stored.kind !== 'classic') return [];
  const { dashboard } = stored;
  const list = (dashboard['templating'] as { readonly list?: readonly { readonly name: string }[] } | undefined)?.list;
  const variables = new Set((list ?? []).map(({ name }) => name));
  const panels = new Set(dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).map(({ id }) => id));
  return [
    ...[...asked.variables]
      .filter((name) => !variables.has(name))
      .map((name) => `variable ${name} in the dashboard ${uid}`),
    ...[...asked.panels].filter((id) => !panels.has(id)).map((id) => `panel ${id} in the dashboard ${uid}`),
  ];
}
