import type { Grafana } from '../grafana';
import type { QueryAnswer } from './answer';
import type { QueryTime } from './frames';
import { proxied } from './proxy';

export interface LogLine {
  /** Index labels and structured metadata together, as Loki's answer has them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A log query over a range, newest line first. */
export async function logLines(
  grafana: Grafana,
  query: string,
  { from, to }: QueryTime,
  limit = 100,
  uid = 'loki',
): Promise<QueryAnswer<readonly LogLine[]>> {
  const parameters = new URLSearchParams({
    query,
    // Loki counts nanoseconds, which a double cannot hold.
    start: `${from.getTime()}000000`,
    end: `${to.getTime()}000000`,
    limit: String(limit),
  });
  const answer = await proxied<LokiAnswer>(grafana, uid, `/loki/api/v1/query_range?${parameters}`);
  if (answer.kind !== 'data') return answer;
  const streams = answer.data?.data?.result ?? [];
  return {
    kind: 'data',
    data: streams.flatMap(({ stream, values }) =>
      values.map(([, text, metadata]) => ({ labels: { ...stream, ...metadata }, text })),
    ),
  };
}

interface LokiAnswer {
  readonly data?: {
    readonly result?: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>?])[];
    }[];
  };
}
