import type { Probe } from '../domain/traffic';
import { type CallSpan, exportRequest } from './spans';

/** A request to an attached service, from its `probe` in services.yml. */
export interface PlannedProbe {
  readonly service: string;
  readonly url: string;
  /** The status of the answer. */
  readonly expect: number;
}

/** A probe with its span, the root of its trace. */
export interface SentProbe {
  readonly probe: Probe;
  readonly spanId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** The probes' client spans as an OTLP request, like those of the calls. */
export function probeSpans(
  sent: readonly SentProbe[],
  { stage, run }: { readonly stage: string; readonly run: string },
): object[] {
  return sent.flatMap(({ probe, spanId, startedAt }) => {
    const { origin, pathname, search } = new URL(probe.url);
    const span: CallSpan = {
      call: {
        name: `probe ${probe.service}`,
        method: 'GET',
        path: `${pathname}${search}`,
        endpoint: pathname,
        expectedStatus: probe.expectedStatus,
        actualStatus: probe.actualStatus,
        passed: probe.actualStatus === probe.expectedStatus,
        durationMs: probe.durationMs,
        traceId: probe.traceId,
        error: probe.error,
      },
      spanId,
      startedAt,
    };
    // Another run's name: the check `trace-search` counts the traces of the run's calls.
    return exportRequest([span], { serviceUrl: origin, stage, run: `${run}-probes` }).resourceSpans;
  });
}
