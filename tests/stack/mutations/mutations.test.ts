import { setTimeout } from 'node:timers/promises';
import type { Traffic } from '../../../functions/domain/traffic';
import { type Between, standBefore, targetGroupOf } from './between';
import { type DeployedStack, deployStack } from './deployed-stack';
import { expectRed } from './expect-red';
import { type MetricsPath, standBeforePrometheus } from './metrics-path';
import {
  contentMutations,
  denyPublishing,
  metricMutations,
  type SignalMutation,
  signalMutations,
  trafficMutations,
} from './mutations';
import { editLogs, editSpans } from './otlp-edits';

/**
 * Proves that the setup's checks detect faults. The stack is deployed once, then one thing at a time is broken in it.
 * Exactly the checks that the mutation declares must go red, the root cause first.
 */
jest.setTimeout(240_000);

let stack: DeployedStack;
let metrics: MetricsPath;
let tempo: Between;
let loki: Between;
let gateway: Between;
/** A run of the tester with nothing broken: every check must be green. */
let good: Traffic;
const broken = new Map<string, Traffic>();

beforeAll(async () => {
  stack = await deployStack();
  metrics = standBeforePrometheus(stack.cloud);
  [gateway, tempo, loki] = await Promise.all([
    standBefore(targetGroupOf(stack.cloud, 'GatewayTargetGroup')),
    standBefore(targetGroupOf(stack.cloud, 'TempoOtlpTargetGroup')),
    standBefore(targetGroupOf(stack.cloud, 'LokiTargetGroup')),
  ]);
  await runBroken();
  // The broken runs' counts must be stored before the good run's marker.
  await metrics.writes(2);
  good = await stack.runTester('good');
  const { judged } = await stack.verify(good, 60_000);
  if (judged !== '') throw new Error(`the unbroken stack is not green: ${judged}`);
});

afterAll(async () => {
  await stack?.close();
  await Promise.all([gateway?.close(), tempo?.close(), loki?.close()]);
});

/**
 * Runs the tester once for each mutation of the signals, all at once. Telemetry is held until each trace has its
 * mutation.
 */
async function runBroken(): Promise<void> {
  const mutations = new Map<string, SignalMutation>();
  const runs = Promise.all(
    signalMutations.map(async (mutation) => {
      const traffic = await stack.runTester(mutation.name.replaceAll(/\W+/g, '-'), mutation.provoke);
      broken.set(mutation.name, traffic);
      for (const { traceId } of traffic.calls) mutations.set(traceId, mutation);
    }),
  );
  const mutationOf = async (traceId: string) => {
    await runs;
    return mutations.get(traceId);
  };
  tempo.edit = editSpans(mutationOf);
  loki.edit = editLogs(mutationOf);
  await runs;
}

it('is green at the first attempt when nothing is broken', async () => {
  const { red, judged } = await stack.verify(good, 0);
  expect({ red, judged }).toEqual({ red: [], judged: '' });
});

it('is green for server errors: their spans are marked as errors', async () => {
  const traffic = await stack.runTester('errors', 2);
  // A provoked error does not reach S3. Another run makes the service graph's edge rise.
  await stack.runTester('beside');
  const { red, judged } = await stack.verify(traffic, 60_000);
  expect({ red, judged }).toEqual({ red: [], judged: '' });
});

it.each(contentMutations.map((mutation) => [mutation.name, mutation] as const))(
  'finds in the workspace: %s',
  async (_, mutation) => {
    const undo = await mutation.apply(stack.grafana);
    try {
      expectRed(await stack.verify(good, 0), mutation);
    } finally {
      await undo();
    }
  },
);

it.each(trafficMutations.map((mutation) => [mutation.name, mutation] as const))('finds: %s', async (_, mutation) => {
  expectRed(await stack.verify(mutation.change(good), 0), mutation);
});

it('finds that the topic refuses what the contact point sends', async () => {
  const undo = await denyPublishing(stack);
  try {
    expectRed(await stack.verify(good, 0), {
      red: ['contact-point'],
      first: 'contact-point',
      kind: 'wrong',
      hop: 'content',
      says: /the test message was refused: .*(AuthorizationError|not authorized).*own policy/is,
    });
  } finally {
    await undo();
  }
});

it.each(signalMutations.map((mutation) => [mutation.name, mutation] as const))(
  'finds in the signals: %s',
  async (name, mutation) => {
    const traffic = broken.get(name);
    if (!traffic) throw new Error('the tester did not run');
    // The runs are simultaneous, and some break the log lines that would identify the other runs' calls.
    expectRed(await stack.verify(traffic, 0, 'allow'), mutation);
  },
);

it.each(metricMutations.map((mutation) => [mutation.name, mutation] as const))(
  'finds in the metrics: %s',
  async (name, mutation) => {
    const path = metrics;
    mutation.apply(path);
    try {
      let traffic = good;
      if (mutation.on === 'write') {
        // Records that were under way before the fault have arrived.
        await path.writes(1);
        traffic = await stack.runTester(name.replaceAll(/\W+/g, '-'));
        await counted(traffic);
      }
      expectRed(await stack.verify(traffic, 0), mutation);
    } finally {
      const outage = path.refuse !== undefined;
      Object.assign(path, { refuse: undefined, editSeries: undefined, editQuery: undefined });
      // A rate needs two samples in its window. After an outage the next test would find empty panels.
      if (outage) await path.writes(10);
    }
  },
);

it('finds that Tempo does not receive', async () => {
  const before = tempo.edit;
  tempo.edit = (body, path) => (path === '/v1/traces' ? 503 : body);
  try {
    // Tempo has written the metrics of the earlier spans.
    await metrics.writes(1);
    const traffic = await stack.runTester('no-traces');
    await counted(traffic);
    expectRed(await stack.verify(traffic, 0), {
      red: [
        'trace-stored',
        'trace-spans',
        'trace-root',
        'trace-search',
        'panels:traces',
        'link:logs-to-traces',
        'span-metrics',
        'service-graph',
      ],
      first: 'trace-stored',
      kind: 'late',
      hop: 'gateway',
      says: /Tempo has no trace of data-processor-service since .*the gateway holds \d+ spans that Tempo has not taken/,
    });
  } finally {
    tempo.edit = before;
  }
});

it('finds that the gateway does not receive', async () => {
  gateway.edit = () => 503;
  try {
    const traffic = await stack.runTester('no-gateway');
    await arrived(gateway, traffic);
    await metrics.writes(4);
    expectRed(await stack.verify(traffic, 0), {
      red: [
        'trace-stored',
        'trace-spans',
        'trace-root',
        'trace-search',
        'panels:traces',
        'link:logs-to-traces',
        'link:traces-to-logs',
        'log-lines',
      ],
      // Spans that the gateway kept while Tempo was away may still make these rise.
      redInTime: ['span-metrics', 'service-graph', 'panels:logs', 'panels:service-overview'],
      first: 'trace-stored',
      kind: 'late',
      hop: 'collector path',
      says: /Tempo has no trace of data-processor-service since .*OTEL_EXPORTER_OTLP_TRACES_ENDPOINT/,
    });
  } finally {
    gateway.edit = undefined;
  }
});

it('finds that Loki does not receive', async () => {
  const before = loki.edit;
  loki.edit = (body, path) => (path === '/otlp/v1/logs' ? 503 : body);
  try {
    const traffic = await stack.runTester('no-logs');
    await Promise.all([arrived(loki, traffic), counted(traffic)]);
    expectRed(await stack.verify(traffic, 0), {
      red: ['log-lines', 'link:logs-to-traces', 'link:traces-to-logs'],
      redInTime: ['panels:logs', 'panels:service-overview'],
      first: 'log-lines',
      kind: 'late',
      hop: 'gateway',
      says: /Loki has no line of data-processor-service since .*the gateway holds \d+ log records that Loki has not taken/,
    });
  } finally {
    loki.edit = before;
  }
});

it("shows the tester's trace, lines and series on the cloud's page, and a hostile log line as text", async () => {
  // Invokes the deployed function, as a person would: the page shows what the deployed tester found.
  const { invoker } = stack.cloud.lambda;
  const name = stack.cloud.lambda
    .processes()
    .find(({ functionName }) => functionName.endsWith('-tester'))?.functionName;
  const { payload } = await invoker.invoke(name ?? '', '{}');
  const { calls } = JSON.parse(payload) as Traffic;
  const [first] = calls;
  const spans = tempo.next(
    (body) => body.includes(calls.at(-1)?.traceId ?? '') && body.includes('data-processor-service'),
  );
  await sendHostileLine(stack.outputs.get('LokiUrl') ?? '', first?.traceId ?? '');
  await spans;
  // The page queries the engines again when its data is older than its limit.
  const page = await eventually(
    async () => (await fetch(`${stack.cloud.endpoint}/`)).text(),
    (text) => text.includes('S3.PutObject') && text.includes('request completed') && text.includes('alert(1)'),
  );
  expect(page).toContain(first?.traceId);
  expect(page).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('aria-label="Requests a minute, by status. Latest: ');
});

it('is green again when everything is repaired', async () => {
  const traffic = await stack.runTester('mended');
  const { red, judged } = await stack.verify(traffic, 60_000);
  expect({ red, judged }).toEqual({ red: [], judged: '' });
});

/** Resolves when the telemetry of the run's last call has reached the proxy that refuses it. */
function arrived(between: Between, traffic: Traffic): Promise<void> {
  // The tester's span arrives before the service's.
  return between.next((body) => body.includes(lastTraceOf(traffic)) && body.includes('data-processor-service'));
}

/**
 * Resolves when the run's metrics are stored. Tempo closes the service graph's edges after a second and writes them
 * with the next collection.
 */
async function counted(traffic: Traffic): Promise<void> {
  await arrived(tempo, traffic);
  await metrics.writes(4);
}

function lastTraceOf({ calls }: Traffic): string {
  return calls.at(-1)?.traceId ?? '';
}

async function sendHostileLine(lokiUrl: string, traceId: string): Promise<void> {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const record = {
    timeUnixNano: `${Date.now()}000000`,
    severityText: '<b>ERROR</b>',
    traceId,
    spanId: 'abababababababab',
    body: { stringValue: '"><script>alert(1)</script>' },
  };
  const resource = { attributes: [attribute('service.name', 'data-processor-service')] };
  const { status } = await fetch(`${lokiUrl}/otlp/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] }),
  });
  expect(status).toBe(204);
}

/** Repeats until the condition holds. The test's time-out is the limit. */
async function eventually<Value>(read: () => Promise<Value>, holds: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    await setTimeout(200);
  }
}
