import type { Check } from '../check';
import { linkCheck } from './link';
import { logsCheck } from './logs';
import { metricsCheck } from './metrics';
import { probeCheck } from './probe';
import { tracesCheck } from './traces';
import type { ServiceUnderCheck } from './under-check';

/**
 * Proves an attached service: its probe is answered, a metric is younger than three intervals, the probe's trace has a
 * span of it and a line in the logs, and these two belong together. Without a probe any trace of the last 15 minutes
 * counts. Each failure names the hop and its remedy.
 */
export function serviceChecks(under: ServiceUnderCheck): readonly Check[] {
  const { signals } = under.service;
  const wants = (signal: (typeof signals)[number]) => signals.includes(signal);
  return [
    ...(under.probe ? [probeCheck(under.service, under.probe)] : []),
    ...(wants('metrics') ? [metricsCheck(under)] : []),
    ...(wants('traces') ? [tracesCheck(under)] : []),
    ...(wants('logs') ? [logsCheck(under)] : []),
    ...(wants('traces') && wants('logs') ? [linkCheck(under)] : []),
  ];
}
