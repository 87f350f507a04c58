import { Registry } from 'prom-client';
import { measureEventLoopDelay } from '../../../../service/metrics/event-loop-delay';
import { createMetrics } from '../../../../service/metrics/metrics';

/** The samples of the event loop, by name. */
const lags = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/^nodejs_eventloop_lag_(\w*?)_?seconds (\S+)$/gm)].map(([, name = '', value]) => [
      name,
      Number(value),
    ]),
  );

const ticks = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const block = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

it('gives two simultaneous scrapers the same reading, a number for each', async () => {
  const metrics = createMetrics();
  // On a busy machine the monitor's first tick may be late.
  while (lags(String(await metrics.expose())).size === 0) await ticks(20);
  const [first, second] = [lags(String(await metrics.expose())), lags(String(await metrics.expose()))];
  expect([...first.keys()].sort()).toEqual(['max', 'mean', 'min', 'p50', 'p90', 'p99', 'stddev']);
  for (const [name, seconds] of first) {
    expect({ name, isPlausible: seconds >= 0 && seconds < 60 }).toEqual({ name, isPlausible: true });
  }
  expect(second).toEqual(first);
});

it('has no sample before the first measurement', async () => {
  expect(lags(String(await createMetrics().expose()))).toEqual(new Map());
});

it('takes a new reading after ten seconds, over the time since the last one, without its timer’s own delay', async () => {
  let now = 0;
  const registry = new Registry();
  measureEventLoopDelay(registry, () => now);
  while (lags(await registry.metrics()).size === 0) await ticks(20);
  const before = lags(await registry.metrics());
  await ticks(20);
  block(250);
  await ticks(20);
  now = 9_999;
  expect(lags(await registry.metrics())).toEqual(before);
  now = 10_000;
  const max = lags(await registry.metrics()).get('max') ?? 0;
  expect(max).toBeGreaterThan(0.2);
  // A reading that includes the timer's own delay would never be this low. On a busy machine the first reading may be
  // higher.
  let least = Number.POSITIVE_INFINITY;
  while (least >= 0.009) {
    now += 10_000;
    await ticks(50);
    least = lags(await registry.metrics()).get('min') ?? least;
  }
});
