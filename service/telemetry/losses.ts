/** Counts lost telemetry at once and logs it at most once a minute. */
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import type { Metrics, Signal } from '../metrics/metrics';
import type { Trouble } from './batch-queue';
import type { Logger } from './logger';

export interface Losses {
  of(signal: Signal): Trouble;
  /**
   * Starts logging: the first loss at once, then at most one line a minute per code, with the number of records lost
   * since.
   */
  reportTo(logger: Logger): void;
}

/** At most one line in this time (ms). */
const EVERY_MS = 60_000;

export function createLosses(metrics: Pick<Metrics, 'dropped'>): Losses {
  let logger: Logger | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  let delayReportedAt = Number.NEGATIVE_INFINITY;
  const warningReportedAt = new Map<Signal, number>();
  let unreported = 0;
  const reportLoss = (records: number, reason: string) => {
    unreported += records;
    if (logger === undefined || performance.now() - lastAt < EVERY_MS) return;
    lastAt = performance.now();
    const lost = unreported;
    unreported = 0;
    logger.warn('TELEMETRY_LOST', 'telemetry could not be delivered', { records: lost, reason: reason.slice(0, 300) });
  };
  const ignore = () => undefined;
  const reportInternalError = (reason: string) => reportLoss(0, reason);
  diag.setLogger(
    { error: reportInternalError, warn: reportInternalError, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN },
  );
  setGlobalErrorHandler((error) => reportInternalError(error instanceof Error ? error.message : String(error)));
  return {
    of: (signal) => ({
      lost(records, reason) {
        metrics.dropped(signal, records);
        reportLoss(records, `${signal}: ${reason === undefined ? 'the queue is full' : sentenceOf(reason)}`);
      },
      delayed(reason) {
        if (logger === undefined || performance.now() - delayReportedAt < EVERY_MS) return;
        delayReportedAt = performance.now();
        logger.warn('TELEMETRY_DELAYED', 'telemetry is kept and sent again', {
          reason: `${signal}: ${sentenceOf(reason)}`.slice(0, 300),
        });
      },
      warned(message) {
        const reportedAt = warningReportedAt.get(signal) ?? Number.NEGATIVE_INFINITY;
        if (logger === undefined || performance.now() - reportedAt < EVERY_MS) return;
        warningReportedAt.set(signal, performance.now());
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

/** A refused connection to a name with several addresses has a code but no message. */
function sentenceOf(error: Error): string {
  return error.message || ('code' in error ? String(error.code) : error.name);
}
