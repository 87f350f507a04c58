import type { Grafana } from '../grafana';
import type { QueryAnswer } from './answer';

/** Grafana's data frame, as `/api/ds/query` answers it. */
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

interface DsQueryResult {
  readonly status?: number;
  readonly error?: string;
  readonly frames?: readonly Frame[];
}

/**
 * One query through `POST /api/ds/query`. A failed query answers with 207, 400 or 500 and its reason in the result; 501, in
 * either place, is an engine that does not know how to evaluate it.
 */
export async function queryFrames(
  grafana: Grafana,
  query: Readonly<Record<string, unknown>> & { readonly refId: string },
  { from, to }: QueryTime,
): Promise<QueryAnswer<FramesAnswer>> {
  const { status, body } = await grafana.request('POST', '/api/ds/query', {
    body: {
      queries: [{ intervalMs: 5_000, maxDataPoints: 500, ...query }],
      from: String(from.getTime()),
      to: String(to.getTime()),
    },
    accept: [400, 404, 500, 501, 502, 503, 504],
    retry: false,
    timeout: 30_000,
  });
  const { results, message } = (body ?? {}) as {
    readonly results?: Readonly<Record<string, DsQueryResult>>;
    readonly message?: string;
  };
  const result = results?.[query.refId];
  const failed = result?.status !== undefined && result.status >= 400 ? result.status : status;
  const reason = result?.error ?? message ?? `status ${failed}`;
  if (failed === 501) return { kind: 'not-evaluated', reason };
  if (failed >= 400 || result?.error !== undefined) return { kind: 'error', status: failed, reason };
  return { kind: 'data', data: { frames: result?.frames ?? [] } };
}

/** True when any value of any frame is more than a time. */
export function hasValues({ frames }: FramesAnswer): boolean {
  return frames.some(({ schema, data }) =>
    data.values.some(
      (column, index) =>
        schema.fields[index]?.type !== 'time' && column.some((value) => value !== null && value !== undefined),
    ),
  );
}
