import type { Grafana } from '../../../functions/domain/grafana';
import type { Traffic } from '../../../functions/domain/traffic';
import {
  deleteDashboard,
  deleteDataSource,
  deleteRule,
  editContactPoint,
  editDashboard,
  editDataSource,
  editPanels,
  editProvisioned,
  type Undo,
} from './content-edits';
import type { DeployedStack } from './deployed-stack';
import type { MetricsPath } from './metrics-path';
import { attributeOf, isS3, isServer, movedBy, newSpanId, type TelemetryMutation, withAttribute } from './otlp-edits';

/** The checks that must be red, and the start of the setup's error: the root cause, with the place to look. */
export interface Expected {
  readonly red: readonly string[];
  /** Panels whose window reaches back to data from before the outage: red or not, by the time that has passed. */
  readonly redInTime?: readonly string[];
  readonly first: string;
  readonly kind: 'late' | 'wrong';
  readonly hop: 'service' | 'collector path' | 'gateway' | 'store' | 'data source' | 'content';
  readonly says: RegExp;
}

/** Their task variables are Prometheus queries too. */
const promPanels = ['business-operations', 'logs', 'service-overview', 'services', 'stack-health', 'traces'].map(
  (uid) => `panels:${uid}`,
);
const promLinks = ['link:traces-to-metrics', 'link:service-map'];
const traces = ['trace-stored', 'trace-spans', 'trace-root', 'trace-search'];
const counters = ['request-counter', 'duration-histogram', 'duration-buckets', 'business-metrics'];
const generated = ['span-metrics', 'service-graph'];
const logLinks = ['link:logs-to-traces', 'link:traces-to-logs'];

const contentRed = (red: string, says: RegExp, kind: Expected['kind'] = 'wrong'): Expected => ({
  red: [red],
  first: red,
  kind,
  hop: 'content',
  says,
});

/** One fault in the workspace's stored content. */
export interface ContentMutation extends Expected {
  readonly name: string;
  apply(grafana: Grafana): Promise<Undo>;
}

const noMetrics = {
  red: [...counters, ...generated, ...promPanels, 'rules', ...promLinks],
  first: 'request-counter',
  kind: 'wrong',
  hop: 'data source',
} as const;
const noLogs = {
  red: ['log-lines', 'panels:logs', 'panels:service-overview', ...logLinks],
  first: 'log-lines',
  kind: 'wrong',
  hop: 'data source',
} as const;

/** A port of 127.0.0.1 without a listener: 1 is reserved. */
const nobody = 'http://127.0.0.1:1';

export const contentMutations: readonly ContentMutation[] = [
  {
    name: 'the link from traces to logs names a UID that does not exist',
    ...contentRed('link:traces-to-logs', /points at the data source "lokki", which does not exist/),
    apply: (grafana) => editTempo(grafana, 'tracesToLogsV2', { datasourceUid: 'lokki' }),
  },
  {
    name: 'the link from logs to traces names a data source of another type',
    ...contentRed('link:logs-to-traces', /points at "prometheus", which is of type/),
    apply: (grafana) => editDerivedField(grafana, { datasourceUid: 'prometheus' }),
  },
  {
    name: 'the derived field matches no label of a line',
    ...contentRed('link:logs-to-traces', /the derived field matches nothing/),
    apply: (grafana) => editDerivedField(grafana, { matcherRegex: 'traceID' }),
  },
  {
    name: 'the service map names a UID that does not exist',
    ...contentRed('link:service-map', /points at the data source "prom", which does not exist/),
    apply: (grafana) => editTempo(grafana, 'serviceMap', { datasourceUid: 'prom' }),
  },
  {
    name: 'the link from traces to metrics has a query that does not parse',
    ...contentRed('link:traces-to-metrics', /parse error/),
    first: 'link:traces-to-metrics',
    hop: 'data source',
    apply: (grafana) =>
      editTempo(grafana, 'tracesToMetrics', {
        queries: [{ name: 'Calls', query: 'sum(rate(traces_spanmetrics_calls_total{$__tags}[5m])' }],
      }),
  },
  {
    name: 'the link from traces to logs asks for a label that no line has',
    ...contentRed('link:traces-to-logs', /leads to no log line/, 'late'),
    apply: (grafana) =>
      editTempo(grafana, 'tracesToLogsV2', { query: '{service_name="data-processor"} | trace_id="${__span.traceId}"' }),
  },
  {
    name: 'the data source of Prometheus names a workspace that is not there',
    ...noMetrics,
    // The workspace's role allows only the stack's Prometheus workspace, so for any other AWS answers 403.
    says: /prometheus answered 403: .*not authorized to perform: aps:QueryMetrics/,
    apply: (grafana) =>
      editDataSource(grafana, 'prometheus', (model) => ({
        ...model,
        url: String(model['url']).replace(/ws-[0-9a-f-]+/, 'ws-00000000-0000-0000-0000-000000000000'),
      })),
  },
  {
    name: 'the data source of Prometheus does not sign',
    ...noMetrics,
    says: /prometheus answered 4\d\d: .*(token|signature|authenti|credential)/i,
    apply: (grafana) => editJson(grafana, 'prometheus', () => ({ sigV4Auth: false })),
  },
  {
    name: 'the data source of Prometheus signs for another region',
    ...noMetrics,
    says: /prometheus answered 4\d\d: .*(region|signature)/i,
    apply: (grafana) => editJson(grafana, 'prometheus', () => ({ sigV4Region: 'us-east-1' })),
  },
  {
    name: 'the data source of Loki has a wrong address',
    ...noLogs,
    says: /loki answered 503: .*502/,
    apply: (grafana) => editDataSource(grafana, 'loki', (model) => ({ ...model, url: nobody })),
  },
  {
    name: 'the data source of Loki is gone',
    ...noLogs,
    says: /loki answered 404: Grafana has no data source with the UID loki/,
    apply: (grafana) => deleteDataSource(grafana, 'loki'),
  },
  {
    name: 'the data source of Tempo has a wrong address',
    red: [...traces, 'panels:traces', 'link:logs-to-traces'],
    first: 'trace-stored',
    kind: 'wrong',
    hop: 'data source',
    says: /tempo answered 503: .*502/,
    apply: (grafana) => editDataSource(grafana, 'tempo', (model) => ({ ...model, url: nobody })),
  },
  {
    name: 'a dashboard has a query that does not parse',
    ...contentRed('panels:business-operations', /refused: panel 2\/A .*parse error/),
    apply: (grafana) => editDashboard(grafana, 'business-operations', 'sum(increase(', 'sum((increase('),
  },
  {
    name: 'a dashboard asks for a metric that nobody writes',
    ...contentRed('panels:business-operations', /empty: panel 2\/A/),
    apply: (grafana) => editDashboard(grafana, 'business-operations', /data_operations_total/g, 'data_operation_total'),
  },
  {
    name: 'a dashboard is gone',
    red: ['panels:service-overview', 'link:alerts-to-dashboards'],
    first: 'panels:service-overview',
    kind: 'wrong',
    hop: 'content',
    says: /there is no dashboard service-overview/,
    apply: (grafana) => deleteDashboard(grafana, 'service-overview'),
  },
  {
    name: 'an alert rule has a query that does not parse',
    ...contentRed('rules', /"Server errors \(Sev2\)" is refused: .*parse error/),
    apply: (grafana) => editRule(grafana, (rule) => edited(rule, 'or vector(0)', 'or vector(0')),
  },
  {
    name: 'an alert rule compares what is not there',
    ...contentRed('rules', /its condition C has no value/, 'late'),
    apply: (grafana) =>
      editRule(grafana, (rule) =>
        edited(edited(rule, ' or vector(0)', ''), /http_requests_total/g, 'http_request_total'),
      ),
  },
  {
    name: 'an alert rule is gone',
    ...contentRed('rules', /there is no alert rule "Server errors \(Sev2\)"/),
    apply: (grafana) => deleteRule(grafana, 'server-errors-sev2'),
  },
  {
    name: 'an alert rule is paused',
    ...contentRed('rules', /"Server errors \(Sev2\)" paused: it is not evaluated and alerts nobody/),
    apply: (grafana) => editRule(grafana, (rule) => ({ ...rule, isPaused: true })),
  },
  {
    name: "an alert rule without the label that leads to the stack's contact point",
    ...contentRed('rules', /labels\.managed_by: nothing instead of .*its alerts may reach nobody/),
    apply: (grafana) => editRule(grafana, (rule) => ({ ...rule, labels: { severity: 'sev2' } })),
  },
  {
    name: 'no notification policy leads to the contact point',
    ...contentRed('rules', /has alerts that go to .*, not to Stack alerts/),
    apply: (grafana) => editProvisioned(grafana, 'policies', (policy) => ({ ...policy, routes: [] })),
  },
  {
    name: 'the contact point publishes to another topic',
    ...contentRed('contact-point', /it publishes to .*-gone, not to /),
    apply: (grafana) => editContactPoint(grafana, 'stack-alerts', (point) => edited(point, /(:[\w-]+)"/, '$1-gone"')),
  },
  {
    name: 'alerts of severity Sev2 are routed to somebody else',
    ...contentRed('rules', /"Server errors \(Sev2\)" has alerts that go to .*, not to Stack alerts/),
    apply: (grafana) =>
      editProvisioned(grafana, 'policies', (policy) => ({
        ...policy,
        routes: [
          { receiver: policy['receiver'], object_matchers: [['severity', '=~', 'sev.*']] },
          ...(policy['routes'] as readonly object[]),
        ],
      })),
  },
  {
    name: 'an alert rule asks a data source of another kind',
    ...contentRed('rules', /"Server errors \(Sev2\)" is refused: /),
    apply: (grafana) =>
      editRule(grafana, (rule) => edited(rule, '"datasourceUid":"prometheus"', '"datasourceUid":"loki"')),
  },
  {
    name: 'another data source is the default',
    ...contentRed('default-data-source', /the default data source is "loki", not "prometheus"/),
    apply: async (grafana) => {
      const undoLoki = await editDataSource(grafana, 'loki', (model) => ({ ...model, isDefault: true }));
      return async () => {
        await undoLoki();
        await editDataSource(grafana, 'prometheus', (model) => ({ ...model, isDefault: true }));
      };
    },
  },
  {
    name: 'a panel names a data source that does not exist',
    ...contentRed('panels:business-operations', /refused: .*panel \d+\/A /),
    apply: (grafana) =>
      editDashboard(grafana, 'business-operations', /("datasource":\{[^}]*"uid":")prometheus"/g, '$1prom"'),
  },
  {
    name: 'a dashboard of an older version, with a panel less',
    ...contentRed('panels:logs', /the dashboard logs lacks panel \d+\/\w+ ".*": it is not the one that is shipped/),
    apply: (grafana) => editPanels(grafana, 'logs', (panels) => panels.slice(0, -1)),
  },
  {
    name: "a dashboard's drop-down finds no values",
    ...contentRed('panels:stack-health', /no series of up has the label tusk; empty: variable \$task "Task"/),
    apply: (grafana) => editDashboard(grafana, 'stack-health', /(label_values\(up\{[^)]*), task\)/g, '$1, tusk)'),
  },
  {
    name: 'the link from logs to traces asks for something else than the trace id',
    ...contentRed('link:logs-to-traces', /the query of the derived field is .*, which asks for no trace/),
    apply: (grafana) => editDerivedField(grafana, { url: '${__value.text}' }),
  },
  {
    name: 'the link from traces to logs does not use its query',
    ...contentRed('link:traces-to-logs', /customQuery is not set/),
    apply: (grafana) => editTempo(grafana, 'tracesToLogsV2', { customQuery: false }),
  },
];

function editTempo(grafana: Grafana, member: string, change: Readonly<Record<string, unknown>>): Promise<Undo> {
  return editJson(grafana, 'tempo', (json) => ({ [member]: { ...(json[member] as object), ...change } }));
}

function editDerivedField(grafana: Grafana, change: Readonly<Record<string, unknown>>): Promise<Undo> {
  return editJson(grafana, 'loki', ({ derivedFields }) => ({
    derivedFields: (derivedFields as readonly object[]).map((field) => ({ ...field, ...change })),
  }));
}

function editJson(
  grafana: Grafana,
  uid: string,
  change: (json: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): Promise<Undo> {
  return editDataSource(grafana, uid, (model) => {
    const json = model['jsonData'] as Readonly<Record<string, unknown>>;
    return { ...model, jsonData: { ...json, ...change(json) } };
  });
}

function editRule(grafana: Grafana, edit: (rule: Record<string, unknown>) => Record<string, unknown>): Promise<Undo> {
  return editProvisioned(grafana, 'alert-rules/server-errors-sev2', edit);
}

/** Returns `model` with a text replaced. Throws when the text is missing: such a mutation would prove nothing. */
function edited(model: Record<string, unknown>, from: string | RegExp, to: string): Record<string, unknown> {
  const text = JSON.stringify(model);
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`nothing to replace by ${to} in ${text}`);
  return JSON.parse(changed) as Record<string, unknown>;
}

/** One fault in the telemetry of one run of the tester, between the service and the engines. */
export interface SignalMutation extends Expected, TelemetryMutation {
  readonly name: string;
  /** Server errors to provoke instead of the six calls. */
  readonly provoke?: number;
}

const inTrace = (red: readonly string[], says: RegExp): Expected => ({
  red,
  first: red[0] ?? '',
  kind: 'wrong',
  hop: 'service',
  says,
});

/** Drops every second trace, in the order in which they arrive. */
function everySecondTrace(): NonNullable<TelemetryMutation['span']> {
  const seen: string[] = [];
  return (span) => {
    if (!seen.includes(span.traceId)) seen.push(span.traceId);
    return seen.indexOf(span.traceId) % 2 === 0 ? span : undefined;
  };
}

export const signalMutations: readonly SignalMutation[] = [
  {
    name: 'no S3 span',
    ...inTrace(['trace-spans'], /no S3 client span among/),
    span: (span) => (isS3(span) ? undefined : span),
  },
  {
    name: 'an S3 span whose parent is in no trace',
    ...inTrace(['trace-spans'], /S3\.\w+ does not lead to the server span/),
    span: (span) => (isS3(span) ? { ...span, parentSpanId: newSpanId() } : span),
  },
  {
    name: 'a span without its parent beside the S3 span',
    ...inTrace(['trace-spans'], /without their parent: PUT/),
    span: (span) => (span.kind === 3 && !isS3(span) ? { ...span, parentSpanId: newSpanId() } : span),
  },
  {
    name: 'no server span',
    ...inTrace(['trace-stored', 'trace-spans'], /no server span of data-processor-service/),
    span: (span) => (isServer(span) ? undefined : span),
  },
  {
    name: 'another service name',
    ...inTrace(['trace-stored', 'trace-spans'], /no server span of data-processor-service/),
    resource: ({ attributes }) => ({
      attributes: attributes.map(({ key, value }) =>
        key === 'service.name' ? { key, value: { stringValue: 'unknown_service:node' } } : { key, value },
      ),
    }),
  },
  {
    name: "the tester's own spans do not arrive",
    ...inTrace(['trace-root', 'trace-search'], /no client span of tester at the root of .*TESTER_SPANS_LOST/),
    kind: 'late',
    hop: 'collector path',
    root: () => undefined,
  },
  {
    name: "the server span is not a child of the tester's",
    ...inTrace(['trace-root'], /the server span's parent is [0-9a-f]{16}, not the tester's span [0-9a-f]{16}/),
    span: (span) => (isServer(span) ? { ...span, parentSpanId: newSpanId() } : span),
  },
  {
    name: 'a status in the span that the caller did not get',
    ...inTrace(['trace-stored'], /the server span's status is 200, not 201/),
    span: (span) =>
      isServer(span) && attributeOf(span, 'http.response.status_code') === '201'
        ? withAttribute(span, 'http.response.status_code', { intValue: 200 })
        : span,
  },
  {
    name: "a client's mistake marked as the server's error",
    ...inTrace(['trace-stored'], /the server span is marked as an error at 404/),
    span: (span) =>
      isServer(span) && attributeOf(span, 'http.response.status_code') === '404'
        ? { ...span, status: { code: 2 } }
        : span,
  },
  {
    name: 'log lines without trace id',
    ...inTrace(['log-lines', ...logLinks], /Loki has lines of data-processor-service without any trace id/),
    log: ({ traceId: _, ...record }) => record,
  },
  {
    name: 'log lines without span id',
    ...inTrace(['log-lines'], /a line of "write the first object" without span id or level/),
    log: ({ spanId: _, ...record }) => record,
  },
  {
    name: 'the traceparent is not taken up: spans and lines have a trace of their own',
    ...inTrace(
      ['trace-stored', 'trace-spans', 'log-lines', ...logLinks],
      /though Tempo has others of data-processor-service/,
    ),
    kind: 'late',
    span: (span) => ({ ...span, traceId: `f${span.traceId.slice(1, 31)}f` }),
    log: (record) => ({ ...record, traceId: `f${String(record.traceId).slice(1, 31)}f` }),
  },
  {
    name: 'a log line with the trace id of another request',
    ...inTrace(
      ['log-lines'],
      /a line with the trace id of "write the first object" tells of POST \/data 200, not of POST \/data 201/,
    ),
    log: (record) =>
      attributeOf(record, 'status') === '201' ? withAttribute(record, 'status', { intValue: 200 }) : record,
  },
  {
    name: 'no line tells how a request was answered',
    ...inTrace(['log-lines'], /no line that tells how "write the first object" was answered/),
    log: (record) => withAttribute(record, 'code', { stringValue: 'REQUEST_STARTED' }),
  },
  {
    name: "the service's clock is an hour behind",
    ...inTrace(
      ['trace-stored', 'log-lines', ...logLinks],
      /the server span began 3[56]\d\d s before the tester: a clock is wrong/,
    ),
    span: (span) => ({
      ...span,
      startTimeUnixNano: movedBy(-1, span.startTimeUnixNano),
      endTimeUnixNano: movedBy(-1, span.endTimeUnixNano),
    }),
    log: (record) => ({ ...record, timeUnixNano: movedBy(-1, record.timeUnixNano) }),
  },
  {
    name: "a server's error that its span does not mark",
    ...inTrace(['trace-stored'], /the server span is not marked as an error at 503/),
    provoke: 2,
    span: (span) => (isServer(span) ? { ...span, status: { code: 0 } } : span),
  },
  {
    name: 'every second trace is sampled away',
    ...inTrace(['trace-stored', 'trace-spans'], /though Tempo has others of data-processor-service/),
    kind: 'late',
    span: everySecondTrace(),
  },
];

/** One fault in series that all runs share. It affects every run while it lasts. */
export interface MetricMutation extends Expected {
  readonly name: string;
  /**
   * `write` breaks writes to the store while the tester runs once. `read` changes queries, as if series had never been
   * stored.
   */
  readonly on: 'write' | 'read';
  apply(path: MetricsPath): void;
}

const renamed = (metric: string): MetricMutation['apply'] => {
  return (path) => {
    path.editQuery = (query) => query.replaceAll(metric, `${metric}_renamed`);
  };
};

export const metricMutations: readonly MetricMutation[] = [
  {
    name: 'http_requests_total was renamed',
    on: 'read',
    // The SLO's rule divides by it; the Sev rules count a missing series as zero.
    red: ['request-counter', 'panels:service-overview', 'rules'],
    first: 'request-counter',
    kind: 'wrong',
    hop: 'service',
    says: /no sample of http_requests_total since .*though the scraper writes \(up is 1\)\. The service does not expose http_requests_total: it was renamed/,
    apply: renamed('http_requests_total'),
  },
  {
    name: 'the duration histogram was renamed',
    on: 'read',
    red: ['duration-histogram', 'duration-buckets', 'panels:service-overview'],
    first: 'duration-histogram',
    kind: 'wrong',
    hop: 'service',
    says: /The service does not expose http_request_duration_seconds_count/,
    apply: renamed('http_request_duration_seconds'),
  },
  {
    name: 'the duration histogram has no buckets',
    on: 'read',
    red: ['duration-buckets', 'panels:service-overview'],
    first: 'duration-buckets',
    kind: 'wrong',
    hop: 'service',
    says: /The service does not expose http_request_duration_seconds_bucket/,
    apply: renamed('http_request_duration_seconds_bucket'),
  },
  {
    name: 'the business metrics are not counted',
    on: 'read',
    red: ['business-metrics', 'panels:business-operations'],
    first: 'business-metrics',
    kind: 'wrong',
    hop: 'service',
    says: /The service does not expose data_operations_total/,
    apply: renamed('data_operations_total'),
  },
  {
    name: 'Tempo makes no service graph',
    on: 'read',
    red: ['service-graph', 'panels:traces', 'link:service-map'],
    first: 'service-graph',
    kind: 'late',
    hop: 'store',
    says: /no series traces_service_graph_request_total\{stage="local"\}\. Read Tempo's log for metrics generator/,
    apply: renamed('traces_service_graph_request_total'),
  },
  {
    name: 'Tempo makes no span metrics',
    on: 'read',
    red: ['span-metrics', 'panels:services', 'panels:traces', 'link:traces-to-metrics'],
    first: 'span-metrics',
    kind: 'late',
    hop: 'store',
    says: /no series traces_spanmetrics_calls_total/,
    apply: renamed('traces_spanmetrics_calls_total'),
  },
  {
    name: "every series has another stage's name",
    on: 'read',
    // The rules have no stage in their queries.
    red: [...counters, ...generated, ...promPanels, ...promLinks],
    first: 'request-counter',
    kind: 'late',
    hop: 'collector path',
    says: /no sample of http_requests_total since .*, nor of up\{job="data-processor", stage="local"\}/,
    apply: (path) => {
      path.editQuery = (query) => query.replaceAll(/\bstage(=~?)"local"/g, 'stage$1"another"');
    },
  },
  {
    name: 'remote write is refused with 403',
    on: 'write',
    red: [...counters, ...generated],
    redInTime: promPanels,
    first: 'request-counter',
    kind: 'late',
    hop: 'collector path',
    says: /nothing arrives by remote write\. .*403/,
    apply: (path) => {
      path.refuse = { status: 403, message: 'User is not authorized to perform: aps:RemoteWrite' };
    },
  },
  {
    name: 'the histogram has no bucket between its first and +Inf',
    on: 'write',
    red: ['duration-buckets'],
    first: 'duration-buckets',
    kind: 'wrong',
    hop: 'service',
    says: /buckets below \+Inf .* of which the largest rose by \d+ and \+Inf by \d+ or more/,
    apply: (path) => {
      path.editSeries = (series) => {
        const { __name__: name, le = '' } = series.labels;
        return name === 'http_request_duration_seconds_bucket' && !['0.001', '+Inf'].includes(le) ? [] : [series];
      };
    },
  },
  {
    name: 'a panel has data from before the run only',
    on: 'write',
    red: ['panels:business-operations'],
    first: 'panels:business-operations',
    kind: 'late',
    hop: 'content',
    says: /empty: panel \S+ "[^"]+" \(nothing newer than .*Find out what stopped writing/,
    apply: (path) => {
      const stopped = Date.now() / 1_000 - 6;
      path.editQuery = (query) =>
        query.startsWith('histogram_quantile') && query.includes('data_operation_duration_seconds_bucket')
          ? `(${query}) and on() (vector(time()) < ${stopped})`
          : query;
    },
  },
  {
    name: 'one status is not counted any more',
    on: 'write',
    red: ['request-counter'],
    first: 'request-counter',
    kind: 'late',
    hop: 'service',
    says: /404 up by 0.*label names or values/,
    apply: (path) => {
      path.editSeries = (series) =>
        series.labels['__name__'] === 'http_requests_total' && series.labels['status'] === '404' ? [] : [series];
    },
  },
  {
    name: "one counter has another stage's name",
    on: 'write',
    red: ['duration-histogram'],
    first: 'duration-histogram',
    kind: 'wrong',
    hop: 'collector path',
    says: /the series http_request_duration_seconds_count since .* have the stage "another", not "local"\. .*STAGE of the Prometheus sidecar/,
    apply: (path) => {
      path.editSeries = (series) =>
        series.labels['__name__'] === 'http_request_duration_seconds_count'
          ? [{ ...series, labels: { ...series.labels, stage: 'another' } }]
          : [series];
    },
  },
  {
    name: 'the label status was renamed',
    on: 'write',
    red: ['request-counter'],
    first: 'request-counter',
    kind: 'late',
    hop: 'service',
    says: /201 up by 0.*label names or values/,
    apply: (path) => {
      path.editSeries = (series) => {
        const { status, ...labels } = series.labels;
        if (labels['__name__'] !== 'http_requests_total' || status === undefined) return [series];
        return [{ ...series, labels: { ...labels, code: status } }];
      };
    },
  },
  {
    name: 'the service counts each request twice',
    on: 'write',
    red: ['request-counter'],
    first: 'request-counter',
    kind: 'wrong',
    hop: 'service',
    says: /more than sent: POST \/data 201 up by 4, but 2 sent and 0 logged of other callers.*counts a request more than once/,
    apply: (path) => {
      path.editSeries = (series) => [
        series.labels['__name__'] === 'http_requests_total'
          ? { ...series, samples: series.samples.map(({ value, timestamp }) => ({ value: 2 * value, timestamp })) }
          : series,
      ];
    },
  },
  // Must stay last: its series are found for five more minutes, and the earlier runs must not see them.
  {
    name: 'a second scraper stores the same counters under another label',
    on: 'write',
    red: counters,
    first: 'request-counter',
    kind: 'wrong',
    hop: 'collector path',
    says: /more than sent: POST \/data 201 up by 4, but 2 sent.*second scraper or remote write/,
    apply: (path) => {
      path.editSeries = (series) =>
        /^(http|data)_/.test(series.labels['__name__'] ?? '')
          ? [series, { ...series, labels: { ...series.labels, replica: 'b' } }]
          : [series];
    },
  },
];

/** The path of a signal is broken for all runs, or its expectation is. */
export interface TrafficMutation extends Expected {
  readonly name: string;
  change(traffic: Traffic): Traffic;
}

export const trafficMutations: readonly TrafficMutation[] = [
  {
    name: 'the tester expects a status that the service does not give',
    red: ['trace-stored', 'log-lines', 'request-counter'],
    first: 'trace-stored',
    kind: 'wrong',
    hop: 'service',
    says: /the server span's status is 201, not 202/,
    change: (traffic) => ({
      ...traffic,
      calls: traffic.calls.map((call) => (call.expectedStatus === 201 ? { ...call, expectedStatus: 202 } : call)),
    }),
  },
];

/** The topic's policy denies what the workspace role allows. */
export async function denyPublishing({ cloud }: DeployedStack): Promise<Undo> {
  const handler = cloud.kernel.resourceHandlers().get('AWS::SNS::TopicPolicy');
  const [stack] = cloud.cloudFormation.stacks.active();
  const stored = stack?.resources.get('AlertTopicPolicy');
  if (!handler?.update || !stack || !stored) throw new Error('the template has no AlertTopicPolicy');
  const apply = async (properties: typeof stored.properties): Promise<void> => {
    await handler.update?.({
      stackName: stack.name,
      stackId: stack.id,
      logicalId: 'AlertTopicPolicy',
      type: 'AWS::SNS::TopicPolicy',
      physicalId: stored.physicalId,
      properties,
      tags: {},
    });
  };
  const { Topics } = stored.properties;
  const [topic = ''] = Array.isArray(Topics) ? Topics : [];
  const deny = { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: topic };
  await apply({ ...stored.properties, PolicyDocument: { Version: '2012-10-17', Statement: [deny] } });
  return () => apply(stored.properties);
}
