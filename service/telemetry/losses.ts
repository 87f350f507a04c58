/** What a lost telemetry backend costs is counted at once and logged once in a while; nothing else happens because of it. */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import type { Metrics, Signal } from '../metrics/metrics';
import type { Trouble } from './batch-queue';
import type { Logger } from './logger';

export interface Losses {
  of(signal: Signal): Trouble;
  /** From now on they are logged too: the first at once, then at most one line a minute of each code, with the number of records lost since. */
  reportTo(logger: Logger): void;
}

/** At most one line in this time (ms). */
const EVERY_MS = 60_000;

export function createLosses(metrics: Pick<Metrics, 'dropped'>): Losses {
  let logger: Logger | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  let delaySaidAt = Number.NEGATIVE_INFINITY;
  const warningSaidAt = new Map<Signal, number>();
  let unsaid = 0;
  const say = (records: number, reason: string) => {
    unsaid += records;
    if (logger === undefined || performance.now() - lastAt < EVERY_MS) return;
    lastAt = performance.now();
    const lost = unsaid;
    unsaid = 0;
    logger.warn('TELEMETRY_LOST', 'telemetry could not be delivered', { records: lost, reason: reason.slice(0, 300) });
  };
  const ignore = () => undefined;
  const complain = (reason: string) => say(0, reason);
  diag.setLogger(
    { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
  setGlobalErrorHandler((error) => complain(error instanceof Error ? error.message : String(error)));
  return {
    of: (signal) => ({
      lost(records, reason) {
        metrics.dropped(signal, records);
        say(records, `${signal}: ${reason === undefined ? 'the queue is full' : sentenceOf(reason)}`);
      },
      delayed(reason) {
        if (logger === undefined || performance.now() - delaySaidAt < EVERY_MS) return;
        delaySaidAt = performance.now();
        logger.warn('TELEMETRY_DELAYED', 'telemetry is kept and sent again', {
          reason: `${signal}: ${sentenceOf(reason)}`.slice(0, 300),
        });
      },
      warned(message) {
        const saidAt = warningSaidAt.get(signal) ?? Number.NEGATIVE_INFINITY;
        if (logger === undefined || performance.now() - saidAt < EVERY_MS) return;
        warningSaidAt.set(signal, performance.now());
        logger.warn('TELEMETRY_WARNED', 'a telemetry backend took what it was sent, with a warning', {
          reason: `${signal}: ${message}`.slice(0, 300),
        });
      },
    }),
    reportTo(given) {
      logger = given;
    },
  };
}

/** A refused connection to a name with several addresses has no message of its own, only a code. */
function sentenceOf(error: Error): string {
  return error.message || ('code' in error ? String(error.code) : error.name);
}
