import type { LastSeen } from '../../services/last-seen';
import { logsLastSeen, metricsLastSeen, tracesLastSeen } from '../../services/last-seen';
import type { Observation, Open } from '../check';
import { SERVICE } from '../names';
import { RECENT_MS, type ServiceUnderCheck } from './under-check';

type Signal = 'metrics' | 'traces' | 'logs';
/** The gateway's service.name in its own metrics (resources/config/otelcol.yaml). */
const GATEWAY = 'gateway';
const SIGNALS: readonly Signal[] = ['metrics', 'traces', 'logs'];

/**
 * Which hop loses a signal that a service sends by OTLP. Other signals of the service arrive: its exporter of this one
 * is off. The same signal of the data processor, or the gateway's own metrics, did not arrive since the tester began:
 * the gateway or the store. Neither: the
 * service has no SDK, or cannot reach the gateway.
 */
export async function whyMissing(under: ServiceUnderCheck, signal: Signal, last: Open): Promise<Observation> {
  const { service } = under;
  const own = await recentlySeen(under, service.name, new Date(under.clock.now().getTime() - RECENT_MS));
  // The data processor's agent writes its metrics itself; those of the gateway take the way of metrics by OTLP.
  const witness = signal === 'metrics' ? GATEWAY : SERVICE;
  const isOpen = (await recentlySeen(under, witness, under.since)).has(signal);
  if (!isOpen)
    return {
      ...last,
      hop: 'gateway',
      found: `${last.found}; ${signal} of ${witness} do not arrive either`,
      remedy: `The way of all ${signal} is broken behind the services: look at the gateway, its queue and its log, then at the store (dashboard "Stack health").`,
    };
  // Found by the check itself: spans of another name in the probe's trace.
  if (last.hop === 'service') return last;
  const page = `docs/services/${service.kind}.md`;
  if (own.size > 0)
    return {
      ...last,
      hop: 'no SDK',
      found: `${last.found}, though its ${[...own].join(' and ')} arrive`,
      remedy: `The SDK sends no ${signal}: OTEL_${signal.toUpperCase()}_EXPORTER must be otlp, and ${needs[signal]} (${page}).`,
    };
  return {
    ...last,
    hop: 'no SDK',
    found: `${last.found}, nor any other signal of ${service.name}`,
    remedy: `Three causes, in this order: its OTEL_SERVICE_NAME is not ${service.name}; it runs without an SDK or without OTEL_EXPORTER_OTLP_ENDPOINT; its security group is not the client security group, so that its log has time-outs of the exporter. \`npx sls attach ${service.name}\` prints all of them (${page}).`,
  };
}

const needs: Readonly<Record<Signal, string>> = {
  metrics: 'something must make metrics',
  traces: 'its sampler must not drop the trace (OTEL_TRACES_SAMPLER)',
  logs: 'its logger must be instrumented',
};

async function recentlySeen(
  { grafana, clock }: ServiceUnderCheck,
  name: string,
  since: Date,
): Promise<ReadonlySet<Signal>> {
  const now = clock.now();
  const answers: Readonly<Record<Signal, LastSeen | undefined>> = {
    metrics: (await metricsLastSeen(grafana, [name], now)).get(name),
    traces: await tracesLastSeen(grafana, name, now),
    logs: await logsLastSeen(grafana, name, now),
  };
  return new Set(
    SIGNALS.filter((signal) => {
      const answer = answers[signal];
      return answer?.kind === 'data' && answer.data !== undefined && answer.data >= since.getTime();
    }),
  );
}
