import type { Clock } from '../clock';
import type { Content, DashboardFile, DashboardModel } from '../content';
import { type PanelQuery, panelQueries, variableQueries } from '../dashboard-queries';
import type { Grafana } from '../grafana';
import { asAnswer, type QueryAnswer } from '../queries/answer';
import { newestValue, type QueryTime, queryFrames } from '../queries/frames';
import { instantQuery } from '../queries/prometheus';
import { searchTraces } from '../queries/tempo';
import { readDashboard } from '../stored-dashboard';
import type { Traffic } from '../traffic';
import type { Check } from './check';
import { METRICS, ofStage } from './names';
import { neverRight } from './never-right';

/** A rate needs two scrapes, and Tempo's metrics arrive after half a minute. */
const DEADLINE_MS = 120_000;
const RANGE_MS = 15 * 60_000;

/** Whose data a panel must show. */
interface Run {
  readonly stage: string;
  readonly traffic: Pick<Traffic, 'startedAt'>;
}

/**
 * Runs every panel's queries, as stored in Grafana, through Grafana with the run's stage selected: one check per
 * dashboard. Data counts if it is newer than the run's first call, or inside the query's own time window before that
 * call.
 */
export function panelChecks(grafana: Grafana, content: Content, clock: Clock, run: Run): readonly Check[] {
  return content.dashboards.map((file) => panelCheck(grafana, file, clock, run));
}

type Found = {
  readonly id: string;
  readonly title: string;
  /** As it was asked, for the evidence. */
  readonly query: string;
  readonly result: 'data' | 'empty' | 'declared empty' | 'not evaluated' | 'error';
  readonly reason?: string;
};

function panelCheck(
  grafana: Grafana,
  { model, possiblyEmpty }: DashboardFile,
  clock: Clock,
  { stage, traffic }: Run,
): Check {
  const since = new Date(traffic.startedAt);
  return {
    name: `panels:${model.uid}`,
    query: `the queries of every panel of the dashboard ${model.title}, stage ${stage}`,
    expected: `each parses and returns data from ${since.toISOString()} on, or is declared as possibly empty`,
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
      for (const query of queriesOf(dashboard, stage)) {
        found.push(
          await runPanel({ grafana, stage, since, possiblyEmpty }, query, {
            from: new Date(to.getTime() - RANGE_MS),
            to,
          }),
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
          found: `refused: ${formatQueries(errors)}; ${counts}`,
          query: textOf(errors),
          evidence: found,
          hop: 'content',
          remedy: `Correct the query in grafana/dashboards/${model.uid}.json.`,
        };
      }
      if (empty.length > 0) {
        return {
          verdict: 'late',
          found: `empty: ${formatQueries(empty)}; ${counts}`,
          query: textOf(empty),
          waitsFor: waitingFor(empty),
          evidence: found,
          hop: 'content',
          remedy: empty.every(({ reason }) => reason !== undefined)
            ? 'Find out what stopped writing these data: no part of the dashboard is wrong.'
            : 'Check the metric and label names in the query, or declare it as possibly empty with a reason.',
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
    async diagnose(last) {
      const empty = asFound(last.evidence).filter(({ result }) => result === 'empty');
      const stored = await readDashboard(grafana, model.uid);
      if (empty.length === 0 || stored?.kind !== 'classic') return last;
      const to = clock.now();
      const time = { from: new Date(to.getTime() - RANGE_MS), to };
      for (const query of queriesOf(stored.dashboard, stage).filter(({ id }) => empty.some((one) => one.id === id))) {
        const reason = await neverRight(grafana, query, time);
        if (reason === undefined) continue;
        return {
          ...last,
          verdict: 'wrong',
          found: `${named(query)} can never find something: ${reason}; ${last.found}`,
          remedy: `Correct the query in grafana/dashboards/${model.uid}.json.`,
        };
      }
      return last;
    },
  };
}

/** The queries of a dashboard's drop-downs and panels. */
function queriesOf(dashboard: DashboardModel, stage: string): readonly PanelQuery[] {
  return [...variableQueries(dashboard, { stage }), ...panelQueries(dashboard, { stage })];
}

function asFound(evidence: unknown): readonly Found[] {
  return Array.isArray(evidence) ? (evidence as readonly Found[]) : [];
}

function textOf(list: readonly Found[]): string {
  return list.map((each) => `${named(each)}: ${each.query}`).join('\n');
}

/** `Tasks scraped: empty`, and how many others are. */
function waitingFor([first, ...others]: readonly Found[]): string {
  return `${first?.title || first?.id}: empty${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
}

function named({ id, title }: Pick<Found, 'id' | 'title'>): string {
  return `${id.startsWith('$') ? 'variable' : 'panel'} ${id} "${title}"`;
}

/** Shipped queries that the stored dashboard lacks. */
function missingPanels(shipped: DashboardModel, stored: DashboardModel): readonly string[] {
  const there = new Set(panelQueries(stored).map(({ id }) => id));
  return panelQueries(shipped).flatMap(({ id, title }) => (there.has(id) ? [] : [named({ id, title })]));
}

interface Context {
  readonly grafana: Grafana;
  readonly stage: string;
  readonly since: Date;
  readonly possiblyEmpty: Readonly<Record<string, string>>;
}

async function runPanel(context: Context, query: PanelQuery, time: QueryTime): Promise<Found> {
  const { id, title, target } = query;
  const about = { id, title, query: String(target['expr'] ?? target['query'] ?? JSON.stringify(target)) };
  const answer = await run(context, query, time);
  if (answer.kind === 'error') return { ...about, result: 'error', reason: answer.reason };
  if (answer.kind === 'not-evaluated') return { ...about, result: 'not evaluated', reason: answer.reason };
  const newest = answer.data;
  if (newest !== undefined && newest >= context.since.getTime() - stepOf(query)) return { ...about, result: 'data' };
  const declared = context.possiblyEmpty[id];
  if (declared !== undefined) return { ...about, result: 'declared empty', reason: declared };
  return {
    ...about,
    result: 'empty',
    ...(newest !== undefined && { reason: `nothing newer than ${new Date(newest).toISOString()}` }),
  };
}

/**
 * Time of the newest data. Tempo's queries do not go through the query API, because Grafana's own pages do not use it
 * for them.
 */
async function run(
  { grafana, stage, since }: Context,
  { datasourceUid, target }: PanelQuery,
  time: QueryTime,
): Promise<QueryAnswer<number | undefined>> {
  if (datasourceUid === 'tempo' && target['queryType'] === 'serviceMap') {
    return now(await instantQuery(grafana, ofStage(METRICS.serviceGraph, stage), time), time);
  }
  if (datasourceUid === 'tempo') return now(await searchTraces(grafana, String(target['query'] ?? '{}'), since), time);
  const answer = await asAnswer(() => queryFrames(grafana, { ...target, datasource: { uid: datasourceUid } }, time));
  return answer.kind === 'data' ? { kind: 'data', data: newestValue(answer.data) } : answer;
}

/** Data of a query at a time, or since a time, has that time. */
function now(answer: QueryAnswer<readonly unknown[]>, { to }: QueryTime): QueryAnswer<number | undefined> {
  return answer.kind === 'data' ? { kind: 'data', data: answer.data.length > 0 ? to.getTime() : undefined } : answer;
}

/** Distance of the query's points in ms. The newest point may be this old although none is missing. */
function stepOf({ target }: PanelQuery): number {
  const [, count = '5', unit = 's'] = /^(\d+)(s|m|h)$/.exec(String(target['interval'] ?? '')) ?? [];
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
}
