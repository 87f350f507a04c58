/**
 * Prometheus and Amazon Managed Prometheus queries: pkg/promlib (querydata, converter), "Data frame contract: time
 * series, numeric".
 */
import type { DataSource } from '../data-sources';
import { askDataSource, type Incoming } from '../outbound';
import type { WorkspaceState } from '../workspace-state';
import { type Frame, failed, jsonNumber, numberField, type QueryResult, timeField } from './frames';
import { rateIntervalOf, stepOf } from './prometheus-interval';
import { errorText, guarded, interpolate, parseDuration, type Query, type QueryRunner, text } from './query';

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export const queryPrometheus: QueryRunner = guarded(async (grafana, source, query) => {
  const expression = text(query.model['expr']);
  const scrapeMs = parseDuration(text(source.jsonData['timeInterval'])) ?? 15_000;
  const stepMs = stepOf(query, scrapeMs);
  const executed = interpolate(expression, stepMs, query, rateIntervalOf(query, scrapeMs));
  // promlib runs a range query unless the model says otherwise; a model may ask for both kinds.
  const instant = query.model['instant'] === true;
  const range = query.model['range'] === true || (!instant && query.model['range'] === undefined);
  const frames: Frame[] = [];
  for (const kind of [range ? 'range' : undefined, instant ? 'instant' : undefined]) {
    if (kind === undefined) continue;
    const result = await run(grafana, source, query, kind === 'range', executed, stepMs);
    if ('error' in result) return result;
    frames.push(...result.frames);
  }
  return { status: 200, frames };
});

/** CheckHealth of promlib: an instant query `1+1`. */
export async function checkPrometheus(
  grafana: WorkspaceState,
  source: DataSource,
): Promise<{ ok: boolean; message: string }> {
  const answer = await ask(
    grafana,
    source,
    '/api/v1/query',
    new URLSearchParams({ query: '1+1', time: String(grafana.options.now() / 1000) }),
  );
  if (answer.status === 200) return { ok: true, message: 'Successfully queried the Prometheus API.' };
  return {
    ok: false,
    message: `There was an error returned querying the Prometheus API. ${answer.status}: ${errorText(answer.body)}`,
  };
}

/** httpMethod of jsonData: POST by default, with the parameters as a form. */
export async function ask(
  grafana: WorkspaceState,
  source: DataSource,
  path: string,
  parameters: URLSearchParams,
): Promise<Incoming> {
  if (text(source.jsonData['httpMethod']) === 'GET')
    return askDataSource(grafana, source, { method: 'GET', path, query: parameters });
  return askDataSource(grafana, source, {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: parameters.toString(),
  });
}

async function run(
  grafana: WorkspaceState,
  source: DataSource,
  query: Query,
  range: boolean,
  expression: string,
  stepMs: number,
): Promise<QueryResult> {
  // Range bounds are aligned to the step, as promlib does.
  const align = (time: number): number => (Math.floor(time / stepMs) * stepMs) / 1000;
  const parameters = range
    ? new URLSearchParams({
        query: expression,
        start: String(align(query.from)),
        end: String(align(query.to)),
        step: String(stepMs / 1000),
      })
    : new URLSearchParams({ query: expression, time: String(query.to / 1000) });
  const answer = await ask(grafana, source, range ? '/api/v1/query_range' : '/api/v1/query', parameters);
  if (answer.status !== 200) return failed(answer.status, errorText(answer.body) || `status ${answer.status}`);
  const data = (JSON.parse(answer.body.toString('utf8')) as { data: { resultType: string; result: unknown } }).data;
  const executedQueryString = `Expr: ${expression}\nStep: ${stepMs / 1000}s`;
  const meta = (type: string): Record<string, unknown> => ({
    type,
    typeVersion: [0, 1],
    custom: { calculatedMinStep: stepMs, resultType: data.resultType },
    executedQueryString,
  });
  const frames = toFrames(query, data, meta, expression, stepMs);
  // A result without series is one frame without fields.
  const none = { typeVersion: [0, 0], custom: { calculatedMinStep: stepMs }, executedQueryString };
  const empty: Frame = { schema: { refId: query.refId, meta: none, fields: [] }, data: { values: [] } };
  return { status: 200, frames: frames.length > 0 ? frames : [empty] };
}

function toFrames(
  query: Query,
  data: { resultType: string; result: unknown },
  meta: (type: string) => Record<string, unknown>,
  expression: string,
  stepMs: number,
): Frame[] {
  const legend = text(query.model['legendFormat']);
  const build = (
    type: string,
    labels: Readonly<Record<string, string>>,
    points: readonly (readonly [number, string])[],
  ): Frame => {
    const displayNameFromDS = displayName(labels, legend, expression);
    return {
      schema: {
        refId: query.refId,
        meta: meta(type),
        fields: [
          timeField('Time', { interval: stepMs }),
          numberField(labels['__name__'] ?? 'Value', labels, displayNameFromDS ? { displayNameFromDS } : undefined),
        ],
      },
      data: {
        values: [points.map(([time]) => Math.round(time * 1000)), points.map(([, value]) => jsonNumber(Number(value)))],
      },
    };
  };
  if (data.resultType === 'scalar') return [build('numeric-multi', {}, [data.result as [number, string]])];
  return (data.result as readonly Sample[]).map((sample) =>
    sample.values
      ? build('timeseries-multi', sample.metric, sample.values)
      : build('numeric-multi', sample.metric, sample.value ? [sample.value] : []),
  );
}

/** getName of promlib: empty when Grafana derives the name itself. */
function displayName(labels: Readonly<Record<string, string>>, legend: string, expression: string): string {
  const { __name__: name = '', ...rest } = labels;
  if (legend === '__auto') return Object.keys(labels).length > 0 ? '' : expression;
  if (legend) return legend.replace(/\{\{\s*(.+?)\s*\}\}/g, (_whole, label: string) => labels[label] ?? '');
  const pairs = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  if (pairs.length > 0) return `${name}{${pairs.sort().join(', ')}}`;
  return name || expression;
}
