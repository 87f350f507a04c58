import type { Grafana } from '../grafana';
import type { QueryAnswer } from './answer';

/** A data frame in the response of `/api/ds/query`. */
export interface Frame {
  readonly schema: {
    readonly fields: readonly {
      readonly name?: string;
      readonly type?: string;
      readonly labels?: Readonly<Record<string, string>>;
    }[];
  };
  readonly data: { readonly values: readonly (readonly unknown[])[] };
}

export interface FramesAnswer {
  readonly frames: readonly Frame[];
}

export interface QueryTime {
  readonly from: Date;
  readonly to: Date;
}

/** Grafana resolves `now` with its own clock. */
export type QueryRange = QueryTime | 'last hour';

export type Query = Readonly<Record<string, unknown>> & { readonly refId: string };

interface DsQueryResult {
  readonly status?: number;
  readonly error?: string;
  readonly frames?: readonly Frame[];
}

/**
 * Runs queries and expressions through `POST /api/ds/query`; results by refId. A failed query gives 207, 400 or 500
 * with the reason in its result. 501, as the response's or the result's status, means that the engine cannot evaluate
 * the query.
 */
export async function queryAll(
  grafana: Grafana,
  queries: readonly Query[],
  range: QueryRange,
): Promise<QueryAnswer<Readonly<Record<string, FramesAnswer>>>> {
  const time =
    range === 'last hour'
      ? { from: 'now-1h', to: 'now' }
      : { from: String(range.from.getTime()), to: String(range.to.getTime()) };
  const { status, body } = await grafana.request('POST', '/api/ds/query', {
    body: {
      queries: queries.map((query) => ({ intervalMs: 5_000, maxDataPoints: 500, ...query })),
      ...time,
    },
    accept: [400, 404, 500, 501, 502, 503, 504],
    retry: false,
    timeout: 30_000,
  });
  const { results = {}, message } = (body ?? {}) as {
    readonly results?: Readonly<Record<string, DsQueryResult>>;
    readonly message?: string;
  };
  const failures = Object.values(results).filter(
    ({ status: own, error }) => (own ?? 200) >= 400 || error !== undefined,
  );
  // An expression over a failed query fails too, so the query's reason is reported.
  const failure = failures.find(({ status: own }) => own === 501) ?? failures[0];
  const failed = failure ? (failure.status ?? 500) : status;
  const reason = failure?.error ?? message ?? `status ${failed}`;
  if (failed === 501) return { kind: 'not-evaluated', reason };
  if (failed >= 400) return { kind: 'error', status: failed, reason };
  const frames = Object.entries(results).map(([refId, result]) => [refId, { frames: result.frames ?? [] }] as const);
  return { kind: 'data', data: Object.fromEntries(frames) };
}

export async function queryFrames(
  grafana: Grafana,
  query: Query,
  time: QueryRange,
): Promise<QueryAnswer<FramesAnswer>> {
  const answer = await queryAll(grafana, [query], time);
  return answer.kind === 'data' ? { kind: 'data', data: answer.data[query.refId] ?? { frames: [] } } : answer;
}

/**
 * Time of the newest value in ms since the epoch: the latest time of any row with a value. Undefined if there is no
 * value; `Infinity` for a value without a time, as in a table.
 */
export function newestValue({ frames }: FramesAnswer): number | undefined {
  const times = frames.flatMap(({ schema, data }) => {
    const clock = data.values[schema.fields.findIndex(({ type }) => type === 'time')];
    const columns = data.values.filter((_, index) => schema.fields[index]?.type !== 'time');
    // Log lines come newest first, samples oldest first.
    return columns.flatMap((column) =>
      column.flatMap((value, row) =>
        value === null || value === undefined ? [] : [Number(clock?.[row] ?? Number.POSITIVE_INFINITY)],
      ),
    );
  });
  return times.length === 0 ? undefined : times.reduce((newest, time) => Math.max(newest, time));
}

/** True if any frame has a value in a column other than time. */
export function hasValues({ frames }: FramesAnswer): boolean {
  return frames.some(({ schema, data }) =>
    data.values.some(
      (column, index) =>
        schema.fields[index]?.type !== 'time' && column.some((value) => value !== null && value !== undefined),
    ),
  );
}
