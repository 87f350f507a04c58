import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { withoutData } from '../queries/answer';
import { logLines } from '../queries/loki';
import { instantQuery } from '../queries/prometheus';
import { traceById } from '../queries/tempo';
import type { Traffic } from '../traffic';
import type { Check, Observation } from './check';
import { METRICS, ofStage, SERVICE } from './names';

const DEADLINE_MS = 120_000;

interface StoredDataSource {
  readonly uid: string;
  readonly type: string;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

interface LinkContext {
  readonly grafana: Grafana;
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly stage: string;
  /** By UID, as stored in Grafana. */
  readonly sources: ReadonlyMap<string, StoredDataSource>;
}

/** A link between data sources: its target's UID, and the result of following it with one of the tester's requests. */
interface Link {
  readonly name: string;
  readonly from: string;
  readonly targetType: RegExp;
  target(jsonData: StoredDataSource['jsonData']): string | undefined;
  follow(context: LinkContext, uid: string, jsonData: StoredDataSource['jsonData']): Promise<Observation>;
}

/** Follows every link between the data sources, as stored in Grafana, with one of the tester's requests. */
export function linkChecks(grafana: Grafana, traffic: Traffic, clock: Clock, stage: string): readonly Check[] {
  return links.map((link) => ({
    name: `link:${link.name}`,
    query: `the link ${link.name} of the data source ${link.from}`,
    expected: 'its target exists, is of the right type, and answers for the request of the tester',
    deadline: DEADLINE_MS,
    async look() {
      const { body } = await grafana.request('GET', '/api/datasources');
      const summaries = body as readonly StoredDataSource[];
      const sources = new Map(summaries.map((source) => [source.uid, source]));
      const source = sources.get(link.from);
      const uid = source && link.target(source.jsonData ?? {});
      if (!source || uid === undefined) return broken(`the data source ${link.from} has no link ${link.name}`);
      const target = sources.get(uid);
      if (!target) return broken(`it points at the data source "${uid}", which does not exist`);
      if (!link.targetType.test(target.type)) return broken(`it points at "${uid}", which is of type ${target.type}`);
      return link.follow({ grafana, clock, traffic, stage, sources }, uid, source.jsonData);
    },
  }));
}

function broken(found: string): Observation {
  return {
    verdict: 'wrong',
    found,
    hop: 'content',
    remedy:
      'Run sls setup, which puts back a data source that somebody changed. If it is as shipped, correct its file under grafana/data-sources/.',
  };
}

function empty(found: string): Observation {
  return {
    verdict: 'late',
    found,
    hop: 'content',
    remedy: 'The query of the link finds nothing for a request that is stored: correct it under grafana/data-sources/.',
  };
}

interface DerivedField {
  readonly datasourceUid?: string;
  readonly matcherType?: string;
  readonly matcherRegex?: string;
  /** The query of an internal link. */
  readonly url?: string;
}

const links: readonly Link[] = [
  {
    name: 'logs-to-traces',
    from: 'loki',
    targetType: /^tempo$/,
    target: ({ derivedFields }) =>
      (derivedFields as readonly DerivedField[] | undefined)?.find(({ datasourceUid }) => datasourceUid !== undefined)
        ?.datasourceUid,
    async follow({ grafana, clock, traffic }, uid, { derivedFields }) {
      const call = traffic.calls[0];
      const field = (derivedFields as readonly DerivedField[]).find(({ datasourceUid }) => datasourceUid === uid);
      if (!call || !field) return broken('there is no derived field to follow');
      const lines = await logLines(
        grafana,
        `{service_name="${SERVICE}"} | trace_id="${call.traceId}"`,
        around(traffic, clock),
        10,
      );
      const failed = withoutData(lines, 'loki');
      if (failed || lines.kind !== 'data') return failed ?? broken('no answer');
      const [line] = lines.data;
      if (!line) return empty(`no log line of "${call.name}" to start from`);
      const value = matched(field, line);
      if (!value) return broken(`the derived field matches nothing in a line of "${call.name}"`);
      const asked = (field.url ?? '').replaceAll('${__value.raw}', value);
      if (asked !== value) return broken(`the query of the derived field is "${field.url}", which asks for no trace`);
      const trace = await traceById(grafana, asked, uid);
      const missing = withoutData(trace, uid);
      if (missing) return missing;
      return trace.kind === 'data' && trace.data
        ? { verdict: 'passed', found: `the line of "${call.name}" leads to its trace` }
        : empty(`the line of "${call.name}" leads to no trace`);
    },
  },
  {
    name: 'traces-to-logs',
    from: 'tempo',
    targetType: /^loki$/,
    target: ({ tracesToLogsV2 }) => (tracesToLogsV2 as { readonly datasourceUid?: string } | undefined)?.datasourceUid,
    async follow({ grafana, clock, traffic }, uid, { tracesToLogsV2 }) {
      const call = traffic.calls[0];
      const { query, customQuery } = tracesToLogsV2 as { readonly query?: string; readonly customQuery?: boolean };
      if (!call || !query) return broken('it has no query');
      if (!customQuery) return broken('it does not use its query: customQuery is not set');
      const lines = await logLines(
        grafana,
        query.replaceAll('${__span.traceId}', call.traceId).replaceAll('${__trace.traceId}', call.traceId),
        around(traffic, clock),
        10,
        uid,
      );
      const failed = withoutData(lines, uid);
      if (failed) return failed;
      return lines.kind === 'data' && lines.data.length > 0
        ? { verdict: 'passed', found: `the trace of "${call.name}" leads to ${lines.data.length} lines` }
        : empty(`the trace of "${call.name}" leads to no log line`);
    },
  },
  {
    name: 'traces-to-metrics',
    from: 'tempo',
    targetType: /prometheus/,
    target: ({ tracesToMetrics }) =>
      (tracesToMetrics as { readonly datasourceUid?: string } | undefined)?.datasourceUid,
    async follow({ grafana, clock, stage }, uid, { tracesToMetrics }) {
      const { tags = [], queries = [] } = tracesToMetrics as {
        readonly tags?: readonly { readonly key: string; readonly value?: string }[];
        readonly queries?: readonly { readonly name: string; readonly query: string }[];
      };
      // What the resource of a span of the service has, as Grafana puts it into the query.
      const resource = new Map([
        ['service.name', SERVICE],
        ['deployment.environment.name', stage],
      ]);
      const matchers = tags.flatMap(({ key, value }) =>
        resource.has(key) ? [`${value ?? key}=${JSON.stringify(resource.get(key))}`] : [],
      );
      for (const { name, query } of queries) {
        const seen = await hasSeries(grafana, clock, uid, query.replaceAll('$__tags', matchers.join(', ')), name);
        if (seen.verdict !== 'passed') return seen;
      }
      return queries.length > 0
        ? { verdict: 'passed', found: `${queries.length} queries return data` }
        : broken('it has no query');
    },
  },
  {
    name: 'service-map',
    from: 'tempo',
    targetType: /prometheus/,
    target: ({ serviceMap }) => (serviceMap as { readonly datasourceUid?: string } | undefined)?.datasourceUid,
    follow: ({ grafana, clock, stage }, uid) =>
      hasSeries(grafana, clock, uid, ofStage(METRICS.serviceGraph, stage), 'service map'),
  },
];

async function hasSeries(
  grafana: Grafana,
  clock: Clock,
  uid: string,
  query: string,
  name: string,
): Promise<Observation> {
  const to = clock.now();
  const answer = await instantQuery(grafana, query, { from: new Date(to.getTime() - 900_000), to }, uid);
  const failed = withoutData(answer, uid);
  if (failed) return failed;
  return answer.kind === 'data' && answer.data.length > 0
    ? { verdict: 'passed', found: `${name}: ${answer.data.length} series` }
    : empty(`${name}: no series for ${query}`);
}

function matched(
  { matcherType, matcherRegex = '' }: DerivedField,
  line: { readonly labels: Readonly<Record<string, string>>; readonly text: string },
): string | undefined {
  if (matcherType === 'label')
    return Object.entries(line.labels).find(([name]) => new RegExp(`^(?:${matcherRegex})$`).test(name))?.[1];
  return new RegExp(matcherRegex).exec(line.text)?.[1];
}

function around(traffic: Traffic, clock: Clock) {
  return {
    from: new Date(new Date(traffic.startedAt).getTime() - 60_000),
    to: new Date(clock.now().getTime() + 60_000),
  };
}
