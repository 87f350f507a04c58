import { METRICS } from '../checks/names';
import type { Grafana } from '../grafana';
import type { QueryAnswer } from '../queries/answer';
import { instantQuery, type Sample } from '../queries/prometheus';
import { requestsOf } from './telemetry-of';

/** Rate, errors and duration of a service's requests in the last five minutes. */
export interface Requests {
  /** Requests a second. */
  readonly rate: number;
  /** Share of them that failed, 0 to 1; undefined without requests. */
  readonly errors: number | undefined;
  /** 95th percentile of their duration in seconds; undefined without requests. */
  readonly p95: number | undefined;
}

/** The requests of every service that sends spans, by its name, from the metrics that Tempo makes of them. */
export async function requestsByService(
  grafana: Grafana,
  stage: string,
  now: Date,
): Promise<QueryAnswer<ReadonlyMap<string, Requests>>> {
  const time = { from: new Date(now.getTime() - 300_000), to: now };
  const calls = (...matchers: readonly string[]) =>
    `sum by (service) (rate(${requestsOf(METRICS.spanCalls, stage, ...matchers)}[5m]))`;
  const slowest = `histogram_quantile(0.95, sum by (service, le) (rate(${requestsOf(METRICS.spanBuckets, stage)}[5m])))`;
  const [all, failed, p95] = [
    await instantQuery(grafana, calls(), time),
    await instantQuery(grafana, calls('status_code="STATUS_CODE_ERROR"'), time),
    await instantQuery(grafana, slowest, time),
  ];
  for (const answer of [all, failed, p95]) if (answer.kind !== 'data') return answer;
  if (all.kind !== 'data' || failed.kind !== 'data' || p95.kind !== 'data')
    throw new TypeError('an answer without data is dealt with above');
  const [failures, durations] = [byService(failed.data), byService(p95.data)];
  return {
    kind: 'data',
    data: new Map(
      [...byService(all.data)].map(([service, rate]) => {
        const duration = durations.get(service);
        return [
          service,
          {
            rate,
            errors: rate > 0 ? (failures.get(service) ?? 0) / rate : undefined,
            p95: duration !== undefined && Number.isFinite(duration) ? duration : undefined,
          },
        ];
      }),
    ),
  };
}

function byService(samples: readonly Sample[]): ReadonlyMap<string, number> {
  return new Map(samples.map(({ labels, value }) => [labels['service'] ?? '', value]));
}
