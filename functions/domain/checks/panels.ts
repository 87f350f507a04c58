import type { Clock } from '../clock';
import type { Content, DashboardFile, DashboardModel } from '../content';
import { type PanelQuery, panelQueries, variableQueries } from '../dashboard-queries';
import type { Grafana } from '../grafana';
import { asAnswer, type QueryAnswer } from '../queries/answer';
import { hasValues, type QueryTime, queryFrames } from '../queries/frames';
import { instantQuery } from '../queries/prometheus';
import { searchTraces } from '../queries/tempo';
import { readDashboard } from '../stored-dashboard';
import type { Check } from './check';
import { METRICS, ofStage } from './names';

/** A rate needs two scrapes, and Tempo's metrics come after half a minute. */
const DEADLINE_MS = 120_000;
const RANGE_MS = 15 * 60_000;

/** Every panel's queries, as Grafana has them stored, with `stage` chosen, run through Grafana: one check a dashboard. */
export function panelChecks(grafana: Grafana, content: Content, clock: Clock, stage: string): readonly Check[] {
  return content.dashboards.map((file) => panelCheck(grafana, file, clock, stage));
}

type Found = {
  readonly id: string;
  readonly title: string;
  readonly result: 'data' | 'empty' | 'declared empty' | 'not evaluated' | 'error';
  readonly reason?: string;
};

function panelCheck(grafana: Grafana, { model, possiblyEmpty }: DashboardFile, clock: Clock, stage: string): Check {
  return {
    name: `panels:${model.uid}`,
    query: `the queries of every panel of the dashboard ${model.title}, stage ${stage}`,
    expected: 'each parses and returns data, or is declared as possibly empty',
    deadline: DEADLINE_MS,
    async look() {
      const stored = await readDashboard(grafana, model.uid);
      if (stored?.kind !== 'classic')
        return {
          verdict: 'wrong',
          found: stored
            ? `the dashboard ${model.uid} was saved in Grafana's own editor, in schema v2`
            : `there is no dashboard ${model.uid}`,
          hop: 'content',
          remedy: 'Run sls setup to put it back.',
        };
      const { dashboard } = stored;
      const lost = missingPanels(model, dashboard);
      if (lost.length > 0)
        return {
          verdict: 'wrong',
          found: `the dashboard ${model.uid} lacks ${lost.join(', ')}: it is not the one that is shipped`,
          hop: 'content',
          remedy: 'Run sls setup to put it back.',
        };
      const to = clock.now();
      const found: Found[] = [];
      for (const query of [...variableQueries(dashboard, { stage }), ...panelQueries(dashboard, { stage })]) {
        found.push(
          await runPanel(grafana, { ...query, stage }, { from: new Date(to.getTime() - RANGE_MS), to }, possiblyEmpty),
        );
      }
      const errors = found.filter(({ result }) => result === 'error');
      const empty = found.filter(({ result }) => result === 'empty');
      const formatQueries = (list: readonly Found[]) =>
        list.map((each) => `${named(each)}${each.reason ? ` (${each.reason.slice(0, 160)})` : ''}`).join(', ');
      const declared = found.filter(({ result }) => result === 'declared empty');
      const counts = [
        `${found.filter(({ result }) => result === 'data').length} of ${found.length} queries returned data`,
        ...(declared.length > 0 ? [`empty as declared: ${declared.map(named).join(', ')}`] : []),
      ].join('; ');
      if (errors.length > 0) {
        return {
          verdict: 'wrong',
          found: `${counts}; refused: ${formatQueries(errors)}`,
          evidence: found,
          hop: 'content',
          remedy: `Correct the query in grafana/dashboards/${model.uid}.json.`,
        };
      }
      if (empty.length > 0) {
        return {
          verdict: 'late',
          found: `${counts}; empty: ${formatQueries(empty)}`,
          evidence: found,
          hop: 'content',
          remedy: 'Check the metric and label names in the query, or declare it as possibly empty with a reason.',
        };
      }
      const open = found.filter(({ result }) => result === 'not evaluated');
      if (open.length > 0)
        return {
          verdict: 'not-evaluated',
          found: `${counts}; ${open.length} not evaluated: ${formatQueries(open)}`,
          evidence: found,
        };
      return { verdict: 'passed', found: counts, evidence: found };
    },
  };
}

function named({ id, title }: Pick<Found, 'id' | 'title'>): string {
  return `${id.startsWith('$') ? 'variable' : 'panel'} ${id} "${title}"`;
}

/** Queries that are shipped and not there. */
function missingPanels(shipped: DashboardModel, stored: DashboardModel): readonly string[] {
  const there = new Set(panelQueries(stored).map(({ id }) => id));
  return panelQueries(shipped).flatMap(({ id, title }) => (there.has(id) ? [] : [named({ id, title })]));
}

async function runPanel(
  grafana: Grafana,
  query: PanelQuery & { readonly stage: string },
  time: QueryTime,
  possiblyEmpty: Readonly<Record<string, string>>,
): Promise<Found> {
  const { id, title } = query;
  const answer = await run(grafana, query, time);
  if (answer.kind === 'error') return { id, title, result: 'error', reason: answer.reason };
  if (answer.kind === 'not-evaluated') return { id, title, result: 'not evaluated', reason: answer.reason };
  if (answer.data) return { id, title, result: 'data' };
  const declared = possiblyEmpty[id];
  return declared === undefined
    ? { id, title, result: 'empty' }
    : { id, title, result: 'declared empty', reason: declared };
}

/** True when there is data. Tempo's queries are run as Grafana's own pages run them, which is not through its query API. */
async function run(
  grafana: Grafana,
  { datasourceUid, target, stage }: PanelQuery & { readonly stage: string },
  time: QueryTime,
): Promise<QueryAnswer<boolean>> {
  if (datasourceUid === 'tempo' && target['queryType'] === 'serviceMap') {
    return has(await instantQuery(grafana, ofStage(METRICS.serviceGraph, stage), time));
  }
  if (datasourceUid === 'tempo') return has(await searchTraces(grafana, String(target['query'] ?? '{}')));
  const answer = await asAnswer(() => queryFrames(grafana, { ...target, datasource: { uid: datasourceUid } }, time));
  return answer.kind === 'data' ? { kind: 'data', data: hasValues(answer.data) } : answer;
}

function has(answer: QueryAnswer<readonly unknown[]>): QueryAnswer<boolean> {
  return answer.kind === 'data' ? { kind: 'data', data: answer.data.length > 0 } : answer;
}
