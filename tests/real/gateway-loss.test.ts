import { setTimeout as wait } from 'node:timers/promises';
import { type Engine, isHere, resolveKind, until } from '../../local/tests/engines/contract/support/engine';
import {
  logsOf,
  metricsOf,
  post,
  type Stores,
  spansOf,
  startGateway,
  startStores,
} from '../../local/tests/engines/contract/support/gateway';

/**
 * What the gateway loses while Loki, Tempo or AMP is away under traffic, and when its process is killed: nothing that it
 * accepted. LOSS_SECONDS sets how long each is away.
 */
const away = Number(process.env['LOSS_SECONDS'] ?? 10) * 1000;
jest.setTimeout(5 * away + 180_000);

type Signal = 'logs' | 'traces' | 'metrics';
const signals: readonly Signal[] = ['logs', 'traces', 'metrics'];
const everyMs = 20;

/** Sends one item of each signal every 20 ms; remembers those that the gateway accepted, and counts the others. */
function startTraffic(gateway: Engine) {
  const accepted: Record<Signal, number[]> = { logs: [], traces: [], metrics: [] };
  const refused: Record<Signal, number> = { logs: 0, traces: 0, metrics: 0 };
  const underWay = new Set<Promise<void>>();
  let count = 0;
  const bodyOf = (signal: Signal, id: number) => {
    if (signal === 'logs') return logsOf([`line ${id}`]);
    return signal === 'traces' ? spansOf([id.toString(16).padStart(16, '0')]) : metricsOf(id);
  };
  const timer = setInterval(() => {
    count += 1;
    const id = count;
    for (const signal of signals) {
      const sent = post(gateway, signal, bodyOf(signal, id)).then(
        ({ ok }) => {
          if (ok) accepted[signal].push(id);
          else refused[signal] += 1;
        },
        () => {
          refused[signal] += 1;
        },
      );
      underWay.add(sent);
      void sent.finally(() => underWay.delete(sent));
    }
  }, everyMs);
  return {
    accepted,
    refused,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** How often each item has arrived. */
function arrivals({ logs, spans, series }: Stores): Readonly<Record<Signal, ReadonlyMap<number, number>>> {
  const counted = (ids: readonly number[]) => {
    const times = new Map<number, number>();
    for (const id of ids) times.set(id, (times.get(id) ?? 0) + 1);
    return times;
  };
  const samples = series
    .filter(({ labels }) => labels['__name__'] === 'shop_orders_total')
    .flatMap((each) => each.samples.map(({ value }) => value));
  return {
    logs: counted(logs.map(({ body }) => Number(body?.stringValue?.replace('line ', '')))),
    traces: counted(spans.map(({ spanId }) => Number.parseInt(spanId, 16))),
    metrics: counted(samples),
  };
}

it('loses nothing that it accepted while each store is away, and when it is killed meanwhile', async () => {
  const backend = await resolveKind('otelcol', isHere('otelcol') ? 'real' : 'stand-in');
  const stores = await startStores();
  const gateway = await startGateway(backend, stores.url);
  try {
    const traffic = startTraffic(gateway);
    for (const signal of signals) {
      stores.away = { [signal]: 503 };
      await wait(away);
      stores.away = {};
      await wait(1_000);
    }
    stores.away = { logs: 503, traces: 503, metrics: 503 };
    await wait(away / 2);
    await gateway.stop('SIGKILL');
    await gateway.restart();
    await wait(away / 2);
    stores.away = {};
    await wait(2_000);
    await traffic.stop();
    const { accepted, refused } = traffic;
    const lost = () => {
      const times = arrivals(stores);
      return signals.map((signal) => [signal, accepted[signal].filter((id) => !times[signal].has(id)).length] as const);
    };
    await until('all to arrive', async () => lost().every(([, count]) => count === 0), 120_000).catch(() => undefined);
    const times = arrivals(stores);
    const rows = lost().map(([signal, count]) => {
      const twice = [...times[signal].values()].filter((each) => each > 1).length;
      return `${signal}: ${accepted[signal].length} accepted, ${refused[signal]} not accepted, ${count} lost, ${twice} delivered more than once`;
    });
    process.stderr.write(`${backend.label}, each store away for ${away / 1000} s:\n  ${rows.join('\n  ')}\n`);
    expect(Object.fromEntries(lost())).toEqual({ logs: 0, traces: 0, metrics: 0 });
    expect(Math.min(...signals.map((signal) => accepted[signal].length))).toBeGreaterThan(100);
  } finally {
    await gateway.stop();
    await stores.close();
  }
});
