import { runCheck } from '../../../../../functions/domain/checks/check';
import { serviceChecks } from '../../../../../functions/domain/checks/services/service-checks';
import type { ObservedService } from '../../../../../functions/domain/services/observed-service';
import type { Probe } from '../../../../../functions/domain/traffic';
import { judgeResults } from '../../../../../functions/judge-results/judge-results';
import { parseServices } from '../../../../../params/services';
import { type TelemetryStores, telemetryStores } from '../../../../helpers/telemetry-stores';
import { testClock } from '../../../../helpers/test-clock';

const start = testClock().now().getTime();
const seconds = (count: number) => start - count * 1000;
const id = (digit: string, length: number) => digit.repeat(length);
const TRACE = id('a', 32);
const SPAN = id('b', 16);

const read = (text: string) => parseServices(text, 'services.yml')[0] as ObservedService;
const scraped = read(
  'services:\n  - name: checkout\n    metrics: { ecs: { cluster: shop, service: checkout-svc, port: 9464 } }\n    probe: { url: "http://checkout/health" }\n',
);
const sending = read('services:\n  - name: checkout\n    kind: lambda\n    probe: { url: "http://checkout/health" }\n');
const withoutProbe = read('services:\n  - name: checkout\n');

const answered: Probe = {
  service: 'checkout',
  url: 'http://checkout/health',
  expectedStatus: 200,
  actualStatus: 200,
  durationMs: 3,
  traceId: TRACE,
};

/** What a healthy service, the tester and the data processor have written. A mutation leaves parts out. */
interface Written {
  readonly metrics?: boolean;
  readonly traces?: boolean;
  readonly logs?: boolean;
  readonly up?: number | undefined;
  /** The service.name of what it writes. */
  readonly name?: string;
  /** The trace and span that its line names. */
  readonly context?: { readonly traceId?: string; readonly spanId?: string };
  readonly sampleAge?: number;
  /** Traces and logs of the data processor and metrics of the gateway, which take the same way. */
  readonly others?: readonly ('metrics' | 'traces' | 'logs')[];
}

function stores(written: Written = {}): TelemetryStores {
  const { metrics = true, traces = true, logs = true, up = 1, name = 'checkout', sampleAge = 5 } = written;
  const { context = { traceId: TRACE, spanId: SPAN }, others = ['metrics', 'traces', 'logs'] } = written;
  const all = telemetryStores();
  if (up !== undefined && !('up' in written && written.up === undefined))
    all.sample(seconds(5), { __name__: 'up', job: name }, up);
  if (metrics) all.sample(seconds(sampleAge), { __name__: 'orders_total', job: name });
  all.spans(seconds(20), { service: 'tester', traceId: TRACE, spanId: id('c', 16), kind: 'CLIENT' });
  if (traces) all.spans(seconds(19), { service: name, traceId: TRACE, spanId: SPAN, parentSpanId: id('c', 16) });
  if (logs) all.line(seconds(18), name, context);
  if (others.includes('traces'))
    all.spans(seconds(10), { service: 'data-processor-service', traceId: id('d', 32), spanId: id('e', 16) });
  if (others.includes('metrics')) all.sample(seconds(10), { __name__: 'otelcol_exporter_queue_size', job: 'gateway' });
  // From before the tester's requests: no sign that the gateway works now.
  all.line(seconds(200), 'data-processor-service', {});
  if (others.includes('logs')) all.line(seconds(10), 'data-processor-service', {});
  return all;
}

async function verdicts(service: ObservedService, { grafana }: TelemetryStores, probe: Probe | undefined = answered) {
  const checks = (clock = testClock()) =>
    serviceChecks({
      grafana,
      service,
      probe: service.probe && probe,
      since: new Date(seconds(60)),
      clock,
      stage: 'dev',
    });
  return Promise.all(
    checks().map((_, index) => {
      const clock = testClock();
      const check = checks(clock)[index];
      if (!check) throw new Error('no check');
      return runCheck({ ...check, deadline: Math.min(check.deadline, 1_000) }, clock);
    }),
  );
}

const red = (all: Awaited<ReturnType<typeof verdicts>>) =>
  Object.fromEntries(all.filter(({ outcome }) => outcome !== 'passed').map(({ name, hop }) => [name, hop]));

it.each([
  ['a scraped service', scraped],
  ['a service that sends OTLP', sending],
])('passes every check of %s, each with what it saw', async (_, service) => {
  const all = await verdicts(service, stores());
  expect(all.map(({ name, outcome, found }) => [name, outcome, found])).toEqual([
    ['service-checkout-probe', 'passed', '200 after 3 ms'],
    ['service-checkout-metrics', 'passed', 'a sample 5 s old'],
    ['service-checkout-traces', 'passed', "1 spans of checkout in the probe's trace"],
    ['service-checkout-logs', 'passed', '1 lines'],
    ['service-checkout-link', 'passed', `a line of the span ${SPAN}`],
  ]);
});

it('passes a service without a probe by any of its recent traces', async () => {
  const all = await verdicts(withoutProbe, stores());
  expect(all.map(({ name }) => name)).toEqual(
    ['metrics', 'traces', 'logs', 'link'].map((each) => `service-checkout-${each}`),
  );
  expect(red(all)).toEqual({});
});

it('looks only for the signals that the entry asks for', async () => {
  const all = await verdicts({ ...sending, signals: ['traces'] }, stores({ metrics: false, logs: false }));
  expect(all.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['service-checkout-probe', 'passed'],
    ['service-checkout-traces', 'passed'],
  ]);
});

interface Mutation {
  readonly title: string;
  readonly service: ObservedService;
  readonly written: Written;
  readonly probe?: Partial<Probe>;
  /** Each check that goes red, without its prefix, and the hop that it names. */
  readonly red: Readonly<Record<string, string>>;
  /** A part of the remedy of the first. */
  readonly remedy: string;
}

const mutations: readonly Mutation[] = [
  {
    title: 'wrong port',
    service: scraped,
    written: { metrics: false, up: 0 },
    red: { metrics: 'scrape refused' },
    remedy: 'Does the container listen on port 9464 and answer GET /metrics with 200?',
  },
  {
    title: 'wrong path: the scraper gets an answer without a metric',
    service: scraped,
    written: { metrics: false },
    red: { metrics: 'service' },
    remedy: 'is this the path of its metrics?',
  },
  {
    title: 'tag missing, or another name of the ECS service: the discovery finds no task',
    service: scraped,
    written: { metrics: false, up: undefined },
    red: { metrics: 'not discovered' },
    remedy: 'is there a running task of "checkout-svc" in the cluster "shop"?',
  },
  {
    title: 'a sample older than three intervals',
    service: scraped,
    written: { sampleAge: 60 },
    red: { metrics: 'service' },
    remedy: '',
  },
  {
    title: 'the tester is not admitted',
    service: sending,
    written: {},
    probe: { actualStatus: undefined, error: 'no answer within 8000 ms' },
    red: { probe: 'security group' },
    remedy: 'must admit the tester on the port of the URL',
  },
  {
    title: 'the probe gets another status',
    service: sending,
    written: {},
    probe: { actualStatus: 404 },
    red: { probe: 'service' },
    remedy: 'Correct probe.url or probe.expect of checkout in services.yml',
  },
  {
    title: 'the service is renamed',
    service: sending,
    written: { name: 'chekout' },
    red: { metrics: 'no SDK', traces: 'service', logs: 'no SDK', link: 'service' },
    remedy: 'its OTEL_SERVICE_NAME is not checkout',
  },
  {
    title: 'the SDK is off',
    service: sending,
    written: { metrics: false, traces: false, logs: false },
    red: { metrics: 'no SDK', traces: 'no SDK', logs: 'no SDK', link: 'service' },
    remedy: 'it runs without an SDK or without OTEL_EXPORTER_OTLP_ENDPOINT',
  },
  {
    title: 'the exporter of logs is off',
    service: sending,
    written: { logs: false },
    red: { logs: 'no SDK', link: 'service' },
    remedy: 'OTEL_LOGS_EXPORTER must be otlp',
  },
  {
    title: 'the exporter of traces is off',
    service: sending,
    written: { traces: false },
    red: { traces: 'no SDK', link: 'service' },
    remedy: 'OTEL_TRACES_EXPORTER must be otlp',
  },
  {
    title: 'the gateway drops logs',
    service: sending,
    written: { logs: false, others: ['metrics', 'traces'] },
    red: { logs: 'gateway', link: 'service' },
    remedy: 'look at the gateway, its queue and its log',
  },
  {
    title: 'the gateway drops metrics',
    service: sending,
    written: { metrics: false, others: ['traces', 'logs'] },
    red: { metrics: 'gateway' },
    remedy: 'look at the gateway, its queue and its log',
  },
  {
    title: 'the gateway is down',
    service: sending,
    written: { metrics: false, traces: false, logs: false, others: [] },
    red: { metrics: 'gateway', traces: 'gateway', logs: 'gateway', link: 'service' },
    remedy: '',
  },
  {
    title: 'the logger does not know the span',
    service: sending,
    written: { context: {} },
    red: { logs: 'service', link: 'service' },
    remedy: 'Its logger does not add the active span to its lines',
  },
  {
    title: "a line names another trace's span",
    service: sending,
    written: { context: { traceId: TRACE, spanId: id('f', 16) } },
    red: { link: 'service' },
    remedy: 'Lines and spans must come from the same active span',
  },
];

it.each(mutations)('$title: goes red and names the hop', async ({ service, written, probe, red: expected, remedy }) => {
  const all = await verdicts(service, stores(written), { ...answered, ...probe });
  expect(red(all)).toEqual(
    Object.fromEntries(Object.entries(expected).map(([name, hop]) => [`service-checkout-${name}`, hop])),
  );
  expect(all.find(({ outcome }) => outcome === 'failed')?.remedy).toContain(remedy);
});

it.each(['prometheus', 'loki', 'tempo'] as const)('names the data source when %s cannot be read', async (uid) => {
  const broken = stores();
  broken.break(uid);
  const hops = Object.values(red(await verdicts(sending, broken)));
  expect(hops.length).toBeGreaterThan(0);
  expect(new Set(hops)).toEqual(new Set(['data source']));
});

it('only warns where services.yml says so', async () => {
  const [verdict] = (await verdicts(sending, stores({ logs: false }))).filter(({ outcome }) => outcome === 'failed');
  if (!verdict) throw new Error('nothing failed');
  const judged = await judgeResults(
    { steps: [], checks: [{ ...verdict, outcome: 'warned' }] },
    { notEvaluated: 'fail' },
  );
  expect(judged.counts).toEqual({ passed: 0, failed: 0, notEvaluated: 0, warned: 1 });
  expect(judged.detail).toBe(
    `0 checks passed, 0 failed, 0 not evaluated, 1 warned: service-checkout-logs (${verdict.found})`,
  );
  await expect(judgeResults({ steps: [], checks: [verdict] }, { notEvaluated: 'fail' })).rejects.toMatchObject({
    name: 'SignalsNotVerified',
    message: expect.stringContaining('no SDK'),
  });
});
