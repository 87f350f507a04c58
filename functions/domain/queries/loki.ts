import type { Grafana } from '../grafana';
import type { QueryAnswer } from './answer';
import { type FramesAnswer, newestValue, type QueryTime, queryFrames } from './frames';
import { proxied } from './proxy';

export interface LogLine {
  /** Index labels and structured metadata together, as in Loki's response. */
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
    // Loki expects nanoseconds, which a double cannot hold.
    start: `${from.getTime()}000000`,
    end: `${to.getTime()}000000`,
    limit: String(limit),
  });
  return proxied(
    grafana,
    { uid, path: `/loki/api/v1/query_range?${parameters}` },
    (answer: LokiAnswer | undefined) =>
      (answer?.data?.result ?? []).flatMap(({ stream, values }) =>
        values.map(([, text, metadata]) => ({ labels: { ...stream, ...metadata }, text })),
      ),
    async () => {
      const asked = { refId: 'A', datasource: { uid }, expr: query, queryType: 'range', maxLines: limit };
      const answer = await queryFrames(grafana, asked, { from, to });
      return answer.kind === 'data' ? { kind: 'data', data: linesOf(answer.data) } : answer;
    },
  );
}

/** When the newest line of a log query was written, in ms since the epoch; undefined without a line. */
export async function newestLine(
  grafana: Grafana,
  query: string,
  { from, to }: QueryTime,
): Promise<QueryAnswer<number | undefined>> {
  const parameters = new URLSearchParams({
    query,
    start: `${from.getTime()}000000`,
    end: `${to.getTime()}000000`,
    limit: '1',
    direction: 'backward',
  });
  return proxied<LokiAnswer, number | undefined>(
    grafana,
    { uid: 'loki', path: `/loki/api/v1/query_range?${parameters}` },
    (answer) => {
      const times = (answer?.data?.result ?? []).flatMap(({ values }) => values.map(([time]) => Number(time) / 1e6));
      return times.length === 0 ? undefined : Math.max(...times);
    },
    async () => {
      const asked = { refId: 'A', datasource: { uid: 'loki' }, expr: query, queryType: 'range', maxLines: 1 };
      const answer = await queryFrames(grafana, asked, { from, to });
      return answer.kind === 'data' ? { kind: 'data', data: newestValue(answer.data) } : answer;
    },
  );
}

/** Grafana's frame for log lines: the columns `labels` and `Line`. */
function linesOf({ frames }: FramesAnswer): readonly LogLine[] {
  return frames.flatMap(({ schema, data }) => {
    const column = (wanted: string) => data.values[schema.fields.findIndex(({ name }) => name === wanted)] ?? [];
    const labels = column('labels');
    return column('Line').map((text, index) => ({
      labels: (labels[index] ?? {}) as LogLine['labels'],
      text: String(text),
    }));
  });
}

interface LokiAnswer {
  readonly data?: {
    readonly result?: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>?])[];
    }[];
  };
}
