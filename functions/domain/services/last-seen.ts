import type { Grafana } from '../grafana';
import type { QueryAnswer } from '../queries/answer';
import { newestLine } from '../queries/loki';
import { instantQuery } from '../queries/prometheus';
import { newestTrace } from '../queries/tempo';
import { jobOf, metricsOf } from './telemetry-of';

/** When a signal of a service was last seen, in ms since the epoch; undefined if not within the last day. */
export type LastSeen = QueryAnswer<number | undefined>;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Of the metrics of each service, by its name. A sample is exact to its own time for five minutes, and to a quarter of
 * an hour after that.
 */
export async function metricsLastSeen(
  grafana: Grafana,
  services: readonly string[],
  now: Date,
): Promise<ReadonlyMap<string, LastSeen>> {
  const time = { from: new Date(now.getTime() - DAY_MS), to: now };
  const newest = (names: readonly string[]) => `max by (job) (timestamp(${metricsOf(names)}))`;
  const found = new Map<string, LastSeen>();
  const ask = async (expression: string, names: readonly string[]) => {
    const answer = await instantQuery(grafana, expression, time);
    for (const name of names) {
      if (answer.kind !== 'data') found.set(name, answer);
      else {
        const sample = answer.data.find(({ labels }) => labels['job'] === jobOf(name));
        found.set(name, { kind: 'data', data: sample && sample.value * 1000 });
      }
    }
  };
  if (services.length === 0) return found;
  await ask(newest(services), services);
  const silent = services.filter((name) => {
    const answer = found.get(name);
    return answer?.kind === 'data' && answer.data === undefined;
  });
  // A day of samples is a large query, so only the silent services get it.
  if (silent.length > 0) await ask(`max_over_time(${newest(silent)}[1d:5m])`, silent);
  return found;
}

/** Of a service's traces: looks in the last minutes first, as a search in a short range is exact and cheap. */
export async function tracesLastSeen(grafana: Grafana, service: string, now: Date): Promise<LastSeen> {
  let last: LastSeen = { kind: 'data', data: undefined };
  for (const range of [2 * MINUTE_MS, 60 * MINUTE_MS, DAY_MS]) {
    const time = { from: new Date(now.getTime() - range), to: now };
    last = await newestTrace(grafana, `{ resource.service.name = ${JSON.stringify(service)} }`, time);
    if (last.kind !== 'data' || last.data !== undefined) return last;
  }
  return last;
}

export async function logsLastSeen(grafana: Grafana, service: string, now: Date): Promise<LastSeen> {
  const time = { from: new Date(now.getTime() - DAY_MS), to: now };
  return newestLine(grafana, `{service_name=${JSON.stringify(service)}}`, time);
}
