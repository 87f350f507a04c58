import { randomBytes } from 'node:crypto';
import { runCheck } from '../../../../../functions/domain/checks/check';
import { generatedMetricChecks } from '../../../../../functions/domain/checks/generated-metrics';
import { logChecks } from '../../../../../functions/domain/checks/logs';
import { metricChecks } from '../../../../../functions/domain/checks/metrics';
import { traceChecks } from '../../../../../functions/domain/checks/traces';
import type { Grafana } from '../../../../../functions/domain/grafana';
import type { Traffic } from '../../../../../functions/domain/traffic';
import { judgeResults } from '../../../../../functions/judge-results/judge-results';
import { plannedCalls, provocations } from '../../../../../functions/tester/calls';
import { answeringGrafana, type StoredSeries } from '../../../../helpers/answering-grafana';
import { testClock } from '../../../../helpers/test-clock';
import { expectRed, type Judged } from '../../../../stack/mutations/expect-red';
import type { MetricsPath } from '../../../../stack/mutations/metrics-path';
import {
  type Expected,
  metricMutations,
  signalMutations,
  trafficMutations,
} from '../../../../stack/mutations/mutations';
import {
  type LogRecord,
  mutated,
  type Resource,
  type Span,
  type TelemetryMutation,
} from '../../../../stack/mutations/otlp-edits';

/**
 * The short form of `npm run test:stack`: applies the signal mutations of the same tables to hand-written telemetry of
 * a tester run, and runs the checks of traces, logs and metrics. The checks of content need a workspace and are left
 * out.
 */
const started = Date.UTC(2026, 10, 23, 12, 0, 10);
const before = new Date(started - 2_000).toISOString();
const after = new Date(started + 5_000).toISOString();

function runOfTester(provoke?: number): Traffic {
  const plan = provoke === undefined ? plannedCalls('run') : provocations('run', provoke);
  return {
    run: 'run',
    startedAt: new Date(started).toISOString(),
    calls: plan.map(({ name, method, path, endpoint, expectedStatus }) => ({
      name,
      method,
      path,
      endpoint,
      expectedStatus,
      actualStatus: expectedStatus,
      passed: true,
      durationMs: 5,
      traceId: randomBytes(16).toString('hex'),
    })),
  };
}

type Call = Traffic['calls'][number];

const nanoseconds = (at: number) => `${at}000000`;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/**
 * The spans of a completed request: the tester's client span, the service's server span, S3, and the HTTP request below
 * it.
 */
function spansOf({ traceId, method, endpoint, expectedStatus }: Call): readonly (readonly [Resource, Span])[] {
  const [server, s3, http, root] = ['1', '2', '3', '9'].map((digit) => digit.repeat(16));
  const span = (
    spanId = '',
    parentSpanId = '',
    name: string,
    kind: number,
    attributes: Span['attributes'] = [],
  ): Span => ({
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    status: { code: kind === 2 && expectedStatus >= 500 ? 2 : 0 },
    startTimeUnixNano: nanoseconds(started),
    endTimeUnixNano: nanoseconds(started + 5),
    attributes,
  });
  const own = [
    span(server, root, `${method} ${endpoint}`, 2, [
      text('http.request.method', method),
      { key: 'http.response.status_code', value: { intValue: expectedStatus } },
    ]),
    ...(expectedStatus < 400
      ? [
          span(s3, server, method === 'POST' ? 'S3.PutObject' : 'S3.GetObject', 3),
          span(http, s3, method === 'POST' ? 'PUT' : 'GET', 3),
        ]
      : []),
  ];
  return [[tester, span(root, '', `${method} ${endpoint}`, 3)], ...own.map((each) => [service, each] as const)];
}

function lineOf({ traceId, method, endpoint, expectedStatus }: Call): LogRecord {
  return {
    traceId,
    spanId: '1'.repeat(16),
    severityText: 'info',
    timeUnixNano: nanoseconds(started + 5),
    attributes: [
      text('code', 'REQUEST_COMPLETED'),
      text('method', method),
      text('endpoint', endpoint),
      { key: 'status', value: { intValue: expectedStatus } },
    ],
  };
}

const service = { attributes: [text('service.name', 'data-processor-service')] };
const tester = { attributes: [text('service.name', 'tester')] };

/** The engines' data after the mutation of this run's telemetry; another run's telemetry is unchanged. */
function storedOf(traffic: Traffic, mutation: TelemetryMutation) {
  const traces = new Map<string, object[]>([['0'.repeat(32), []]]);
  for (const [resource, span] of traffic.calls.flatMap(spansOf)) {
    const kept = mutated(span, resource, mutation);
    if (!kept) continue;
    const entry = { resource: kept.resource, scopeSpans: [{ spans: [kept.span] }] };
    traces.set(kept.span.traceId, [...(traces.get(kept.span.traceId) ?? []), entry]);
  }
  const lines = traffic.calls.flatMap((call) => {
    const kept = mutation.log ? mutation.log(lineOf(call)) : lineOf(call);
    if (!kept) return [];
    const { traceId, spanId, severityText, timeUnixNano, attributes = [] } = kept;
    const labels = Object.fromEntries(
      attributes.map(({ key, value }) => [key, String(value.intValue ?? value.stringValue)]),
    );
    return {
      at: new Date(Number(timeUnixNano) / 1e6).toISOString(),
      labels: {
        ...labels,
        ...(traceId && { trace_id: traceId }),
        ...(spanId && { span_id: spanId }),
        severity_text: severityText ?? '',
      },
    };
  });
  return { traces: () => traces, lines: () => lines };
}

/** The counters before and after the run, all at 100 before. `edit` applies the fault. */
function seriesOf(traffic: Traffic, { editSeries, refuse }: Partial<MetricsPath> = {}): readonly StoredSeries[] {
  // The service exposes the series of its operations from the start.
  const idle = { __name__: 'data_operations_total', stage: 'local', operation: 'get', result: 'success' };
  const rises = new Map<string, number>([[JSON.stringify(idle), 0]]);
  const count = (labels: Readonly<Record<string, string>>) => {
    const key = JSON.stringify({ ...labels, stage: 'local' });
    rises.set(key, (rises.get(key) ?? 0) + 1);
  };
  for (const { method, endpoint, expectedStatus } of traffic.calls) {
    const status = String(expectedStatus);
    count({ __name__: 'http_requests_total', method, endpoint, status });
    count({ __name__: 'http_request_duration_seconds_count', method, endpoint });
    for (const le of ['0.001', '0.01', '10', '+Inf'])
      count({ __name__: 'http_request_duration_seconds_bucket', method, endpoint, le });
    if (expectedStatus < 405 && expectedStatus !== 400) {
      const result = expectedStatus === 404 ? 'not_found' : 'success';
      count({ __name__: 'data_operations_total', operation: method === 'POST' ? 'put' : 'get', result });
    }
    count({ __name__: 'traces_spanmetrics_calls_total', service: 'data-processor-service' });
    count({ __name__: 'traces_service_graph_request_total', client: 'user', server: 'data-processor-service' });
    count({ __name__: 'up', job: 'data-processor' });
  }
  for (const exporter of ['otlp_http/tempo', 'otlp_http/loki'])
    count({ __name__: 'otelcol_exporter_queue_size', job: 'gateway', exporter });
  return [...rises].flatMap(([key, by]) => {
    const labels = JSON.parse(key) as Record<string, string>;
    const gauges: Readonly<Record<string, number>> = { up: 1, otelcol_exporter_queue_size: 0 };
    const last = gauges[labels['__name__'] ?? ''] ?? 100 + by;
    const samples = [
      { timestamp: Date.parse(before), value: 100 },
      ...(refuse ? [] : [{ timestamp: Date.parse(after), value: last }]),
    ];
    const stored = editSeries?.({ labels, samples }) ?? [{ labels, samples }];
    return stored.map((each) => ({
      labels: each.labels,
      samples: each.samples.map(({ timestamp, value }) => [new Date(timestamp).toISOString(), value] as const),
    }));
  });
}

/** Grafana in front of a Prometheus that is asked of other series. */
function asking(grafana: Grafana, editQuery: (query: string) => string): Grafana {
  return {
    request: (method, path, request) => {
      const { queries, ...rest } = (request?.body ?? {}) as { readonly queries?: readonly { readonly expr: string }[] };
      if (!queries) return grafana.request(method, path, request);
      const asked = queries.map((query) => ({ ...query, expr: editQuery(query.expr) }));
      return grafana.request(method, path, { ...request, body: { ...rest, queries: asked } });
    },
  };
}

async function verify(grafana: Grafana, traffic: Traffic): Promise<Judged> {
  const clock = testClock(new Date(started + 60_000).toISOString());
  const checks = [
    ...traceChecks(grafana, traffic, { clock, stage: 'local' }),
    ...logChecks(grafana, traffic, clock, 'local'),
    ...metricChecks(grafana, traffic, clock, { unexplainedRequests: 'fail', scrapeInterval: 1_000, stage: 'local' }),
    ...generatedMetricChecks(grafana, traffic, clock, 'local'),
  ];
  const verdicts = await Promise.all(checks.map((check) => runCheck({ ...check, deadline: 0 }, clock)));
  const judged = await judgeResults({ steps: [], checks: verdicts }, { notEvaluated: 'fail' }).then(
    () => '',
    (error: Error) => error.message,
  );
  const red = verdicts.filter(({ outcome }) => outcome !== 'passed').map(({ name }) => name);
  return { checks: verdicts, red, judged };
}

/** Only a deployed stack checks links, panels and rules. */
const signalsOnly = (expected: Expected): Expected => ({
  ...expected,
  red: expected.red.filter((name) => !/^(link:|panels:|rules$)/.test(name)),
});

it.each([
  ['the six calls', undefined],
  ['server errors', 2],
])('is green for %s when nothing is broken', async (_, provoke) => {
  const traffic = runOfTester(provoke);
  const grafana = answeringGrafana({ ...storedOf(traffic, {}), series: () => seriesOf(traffic) });
  const { red, judged } = await verify(grafana, traffic);
  expect({ red, judged }).toEqual({ red: [], judged: '' });
});

it.each(signalMutations.map((mutation) => [mutation.name, mutation] as const))(
  'finds in the signals: %s',
  async (_, mutation) => {
    const traffic = runOfTester(mutation.provoke);
    const grafana = answeringGrafana({ ...storedOf(traffic, mutation), series: () => seriesOf(traffic) });
    expectRed(await verify(grafana, traffic), signalsOnly(mutation));
  },
);

it.each(
  metricMutations
    .filter((mutation) => signalsOnly(mutation).red.length > 0)
    .map((mutation) => [mutation.name, mutation] as const),
)('finds in the metrics: %s', async (_, mutation) => {
  const traffic = runOfTester();
  const path: MetricsPath = {
    refuse: undefined,
    editSeries: undefined,
    editQuery: undefined,
    writes: async () => {},
  };
  mutation.apply(path);
  const stored = answeringGrafana({ ...storedOf(traffic, {}), series: () => seriesOf(traffic, path) });
  const { editQuery } = path;
  expectRed(await verify(editQuery ? asking(stored, editQuery) : stored, traffic), signalsOnly(mutation));
});

it.each(trafficMutations.map((mutation) => [mutation.name, mutation] as const))('finds: %s', async (_, mutation) => {
  const traffic = runOfTester();
  const grafana = answeringGrafana({ ...storedOf(traffic, {}), series: () => seriesOf(traffic) });
  expectRed(await verify(grafana, mutation.change(traffic)), signalsOnly(mutation));
});
