/** Loki queries: pkg/tsdb/loki (api.go, parse_response.go, frame.go). */
import type { DataSource } from '../data-sources';
import { askDataSource } from '../outbound';
import type { WorkspaceState } from '../workspace-state';
import { type Frame, failed, jsonField, jsonNumber, numberField, stringField, timeField } from './frames';
import { errorText, guarded, interpolate, parseDuration, type Query, type QueryRunner, text } from './query';

type Labels = Readonly<Record<string, string>>;
interface Stream {
  readonly stream: Labels;
  readonly values: readonly (readonly [string, string])[];
}
interface Metric {
  readonly metric: Labels;
  readonly values?: readonly (readonly [number, string])[];
  readonly value?: readonly [number, string];
}

export const queryLoki: QueryRunner = guarded(async (grafana, source, query) => {
  const instant = query.model['queryType'] === 'instant' || query.model['instant'] === true;
  const stepMs =
    parseDuration(text(query.model['step'])) ??
    Math.max(1000, Math.ceil((query.to - query.from) / Math.max(1, query.maxDataPoints) / 1000) * 1000);
  const expression = interpolate(text(query.model['expr']), stepMs, query, Math.max(stepMs + 15_000, 60_000));
  const limit = String(query.model['maxLines'] ?? source.jsonData['maxLines'] ?? 1000);
  const direction = text(query.model['direction']) || 'backward';
  const parameters = instant
    ? new URLSearchParams({ query: expression, time: nanoseconds(query.to), limit, direction })
    : new URLSearchParams({
        query: expression,
        start: nanoseconds(query.from),
        end: nanoseconds(query.to),
        step: `${stepMs}ms`,
        limit,
        direction,
      });
  const answer = await askDataSource(grafana, source, {
    method: 'GET',
    path: instant ? '/loki/api/v1/query' : '/loki/api/v1/query_range',
    query: parameters,
  });
  if (answer.status !== 200) return failed(answer.status, errorText(answer.body) || `status ${answer.status}`);
  const { data } = JSON.parse(answer.body.toString('utf8')) as { data: { resultType: string; result: unknown } };
  return { status: 200, frames: toFrames(query, data, expression) };
});

/** CheckHealth of the Loki backend: the instant query `vector(1)+vector(1)` must give 2. */
export async function checkLoki(
  grafana: WorkspaceState,
  source: DataSource,
): Promise<{ ok: boolean; message: string }> {
  const answer = await askDataSource(grafana, source, {
    method: 'GET',
    path: '/loki/api/v1/query',
    query: new URLSearchParams({
      query: 'vector(1)+vector(1)',
      time: nanoseconds(grafana.options.now()),
      direction: 'backward',
    }),
  });
  if (answer.status !== 200)
    return {
      ok: false,
      message: `Unable to connect with Loki. Please check the server logs for more details. ${answer.status}: ${errorText(answer.body)}`,
    };
  return { ok: true, message: 'Data source successfully connected.' };
}

const nanoseconds = (milliseconds: number): string => `${Math.floor(milliseconds)}000000`;

function toFrames(query: Query, data: { resultType: string; result: unknown }, expression: string): Frame[] {
  const meta = { executedQueryString: `Expr: ${expression}`, custom: { frameType: 'LabeledTimeValues' } };
  if (data.resultType === 'streams') return [logFrame(query, data.result as readonly Stream[], meta)];
  if (data.resultType === 'scalar') return [metricFrame(query, { metric: {}, value: data.result as [number, string] })];
  return (data.result as readonly Metric[]).map((metric) => metricFrame(query, metric));
}

/** One frame for all streams: labels, Time, Line, tsNs and a stable id, newest first as Loki sent them. */
function logFrame(query: Query, streams: readonly Stream[], meta: Readonly<Record<string, unknown>>): Frame {
  const lines = streams.flatMap((stream) =>
    stream.values.map(([time, line]) => ({ labels: stream.stream, time, line })),
  );
  lines.sort((left, right) =>
    BigInt(right.time) > BigInt(left.time) ? 1 : BigInt(right.time) < BigInt(left.time) ? -1 : 0,
  );
  return {
    schema: {
      refId: query.refId,
      meta,
      fields: [jsonField('labels'), timeField('Time'), stringField('Line'), stringField('tsNs'), stringField('id')],
    },
    data: {
      values: [
        lines.map((line) => line.labels),
        lines.map((line) => Number(BigInt(line.time) / 1_000_000n)),
        lines.map((line) => line.line),
        lines.map((line) => line.time),
        lines.map((line, index) => `${line.time}_${index}_${query.refId}`),
      ],
    },
  };
}

function metricFrame(query: Query, metric: Metric): Frame {
  const points = metric.values ?? (metric.value ? [metric.value] : []);
  return {
    schema: {
      refId: query.refId,
      meta: { type: metric.values ? 'timeseries-multi' : 'numeric-multi', typeVersion: [0, 1] },
      fields: [timeField('Time'), numberField('Value', metric.metric)],
    },
    data: {
      values: [points.map(([time]) => Math.round(time * 1000)), points.map(([, value]) => jsonNumber(Number(value)))],
    },
  };
}
