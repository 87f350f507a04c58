/** Event loop delay, under prom-client's metric names. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** Interval of the monitor's timer (ms). It is part of every measured value and is subtracted. */
const TICK = 10;
/** How long a reading is served (ms). */
const KEPT = 10_000;

type Statistic = 'min' | 'max' | 'mean' | 'stddev' | 'p50' | 'p90' | 'p99';

/**
 * prom-client's own collector resets its histogram at every scrape, so a second scraper reads an empty one (NaN, and
 * 9.2e9 s for the minimum) and takes samples from the first. Here every scraper gets the same reading for ten seconds.
 * The next reading covers all the time since, so no delay is missed between rare scrapes. Before the first reading the
 * series have no sample. `now` in milliseconds.
 */
export function measureEventLoopDelay(registry: Registry, now: () => number = () => performance.now()): void {
  const monitor = monitorEventLoopDelay({ resolution: TICK });
  monitor.enable();
  let kept: { readonly at: number; readonly seconds: Readonly<Record<Statistic, number>> } | undefined;
  const current = () => {
    if (monitor.count > 0 && (kept === undefined || now() - kept.at >= KEPT)) {
      kept = { at: now(), seconds: read(monitor) };
      monitor.reset();
    }
    return kept?.seconds;
  };
  for (const [statistic, help] of Object.entries(helps) as [Statistic, string][]) {
    new Gauge({
      name: `nodejs_eventloop_lag_${statistic}_seconds`,
      help,
      registers: [registry],
      collect() {
        const seconds = current();
        // A gauge without labels would show zero before the first reading.
        if (seconds === undefined) this.remove();
        else this.set(seconds[statistic]);
      },
    });
  }
}

const helps: Readonly<Record<Statistic, string>> = {
  min: 'The least delay of the event loop.',
  max: 'The longest delay of the event loop.',
  mean: 'The mean delay of the event loop.',
  stddev: 'The standard deviation of the delays of the event loop.',
  p50: 'The median delay of the event loop.',
  p90: 'The 90th percentile of the delays of the event loop.',
  p99: 'The 99th percentile of the delays of the event loop.',
};

function read(monitor: ReturnType<typeof monitorEventLoopDelay>): Readonly<Record<Statistic, number>> {
  // Timers can also be a fraction of a millisecond early.
  const delay = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - TICK / 1e3);
  return {
    min: delay(monitor.min),
    max: delay(monitor.max),
    mean: delay(monitor.mean),
    stddev: monitor.stddev / 1e9,
    p50: delay(monitor.percentile(50)),
    p90: delay(monitor.percentile(90)),
    p99: delay(monitor.percentile(99)),
  };
}
