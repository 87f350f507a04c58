/**
 * CloudWatch metric queries: pkg/tsdb/cloudwatch (models/cloudwatch_query.go, time_series_query.go,
 * response_parser.go).
 */
import { AwsError } from '../../kernel/contracts';
import type { DataSource } from '../data-sources';
import { askAws, DataSourceUnreachable, type Incoming } from '../outbound';
import type { WorkspaceState } from '../workspace-state';
import { type Frame, failed, jsonNumber, numberField, timeField } from './frames';
import { guarded, parseDuration, type Query, type QueryRunner, text } from './query';

interface MetricDataResult {
  readonly Id: string;
  readonly Label: string;
  readonly Timestamps: readonly number[];
  readonly Values: readonly number[];
}

type Dimensions = Readonly<Record<string, string>>;

export const queryCloudWatch: QueryRunner = guarded(async (grafana, source, query) => {
  const { model } = query;
  const beyond = notEvaluated(model);
  if (beyond !== undefined) return failed(501, `not evaluated: ${beyond} (query ${query.refId})`, 'plugin');
  if (typeof model['statistic'] !== 'string')
    return failed(400, 'query must have either statistic or statistics field', 'plugin');
  const period = periodOf(query);
  if (period === undefined) return failed(400, 'failed to parse period as duration', 'plugin');
  const dimensions = readDimensions(model);
  const label = text(model['label']);
  const answer = await callCloudWatch(grafana, source, regionOf(source, model), 'GetMetricData', {
    StartTime: query.from / 1000,
    EndTime: query.to / 1000,
    ScanBy: 'TimestampAscending',
    MetricDataQueries: [
      {
        Id: text(model['id']) || `query${query.refId}`,
        ReturnData: true,
        ...(label !== '' && { Label: label }),
        MetricStat: {
          Metric: {
            Namespace: text(model['namespace']),
            MetricName: text(model['metricName']),
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: period,
          Stat: model['statistic'],
        },
      },
    ],
  });
  if (answer.status !== 200) return failed(...refusal(answer));
  const { MetricDataResults } = JSON.parse(answer.body.toString('utf8')) as {
    readonly MetricDataResults: readonly MetricDataResult[];
  };
  return { status: 200, frames: MetricDataResults.map((result) => toFrame(query, result, dimensions, period)) };
});

/**
 * CheckHealth: one call each for metrics and logs, each with its own message; `notEvaluated` where the cloud has no
 * CloudWatch.
 */
export async function checkCloudWatch(
  grafana: WorkspaceState,
  source: DataSource,
): Promise<{ ok: boolean; message: string; notEvaluated: boolean }> {
  const region = regionOf(source, {});
  const metrics = await callCloudWatch(grafana, source, region, 'ListMetrics', {
    Namespace: 'AWS/Billing',
    MetricName: 'EstimatedCharges',
  });
  const logs = await callLogs(grafana, source, region);
  const formatAnswer = (name: string, answer: Incoming): string =>
    answer.status === 200
      ? `Successfully queried the CloudWatch ${name} API.`
      : `CloudWatch ${name} query failed: ${refusal(answer)[1]}`;
  const answers = [metrics, logs];
  return {
    ok: answers.every(({ status }) => status === 200),
    notEvaluated: answers.some((answer) => answer.status !== 200 && refusal(answer)[0] === 501),
    message: `1. ${formatAnswer('metrics', metrics)}\n2. ${formatAnswer('logs', logs)}`,
  };
}

/** The reason for refusing any query but one metric with exact dimensions. */
function notEvaluated(model: Query['model']): string | undefined {
  if (model['queryMode'] === 'Logs') return 'the Grafana stand-in runs no CloudWatch Logs queries';
  if (model['metricQueryType'] === 1) return 'the Grafana stand-in runs no Metrics Insights';
  if (model['metricEditorMode'] === 1 || text(model['expression']) !== '')
    return 'the Grafana stand-in runs no metric math';
  const values = Object.values((model['dimensions'] ?? {}) as Record<string, unknown>).map((value) => [value].flat());
  if (model['matchExact'] === false || values.some((list) => list.length !== 1 || list[0] === '*'))
    return 'the Grafana stand-in runs no search over dimensions';
  return undefined;
}

function readDimensions(model: Query['model']): Dimensions {
  const given = (model['dimensions'] ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value].flat()[0] ?? '']));
}

/** Seconds, or a duration; `auto` is the smallest of CloudWatch's periods with at most 2,000 points. */
function periodOf(query: Query): number | undefined {
  const given = text(query.model['period']).toLowerCase();
  if (given === '' || given === 'auto') {
    const needed = Math.ceil((query.to - query.from) / 1000 / 2000);
    return [60, 300, 900, 3600, 21_600, 86_400].find((period) => needed <= period) ?? 86_400;
  }
  if (/^\d+$/.test(given)) return Number(given);
  const duration = parseDuration(given);
  return duration === undefined ? undefined : duration / 1000;
}

function regionOf(source: DataSource, model: Query['model']): string {
  const region = text(model['region']);
  return region === '' || region === 'default' ? text(source.jsonData['defaultRegion']) : region;
}

/** awsJson 1.0, the protocol of current SDKs for CloudWatch. */
function callCloudWatch(
  grafana: WorkspaceState,
  source: DataSource,
  region: string,
  operation: string,
  input: unknown,
): Promise<Incoming> {
  return call(
    grafana,
    source,
    { service: 'monitoring', region },
    `GraniteServiceVersion20100801.${operation}`,
    '1.0',
    input,
  );
}

function callLogs(grafana: WorkspaceState, source: DataSource, region: string): Promise<Incoming> {
  return call(grafana, source, { service: 'logs', region }, 'Logs_20140328.DescribeLogGroups', '1.1', { limit: 1 });
}

async function call(
  grafana: WorkspaceState,
  source: DataSource,
  scope: { readonly service: string; readonly region: string },
  target: string,
  version: '1.0' | '1.1',
  input: unknown,
): Promise<Incoming> {
  if (!scope.region) throw new DataSourceUnreachable(502, 'missing default region');
  const type = text(source.jsonData['authType']) || 'default';
  if (type !== 'ec2_iam_role' && type !== 'default')
    throw new DataSourceUnreachable(502, `attempting to use an auth type that is not allowed: "${type}"`);
  try {
    return await askAws(grafana, grafana.options.credentials(), scope, new URL(`${grafana.options.awsEndpoint}/`), {
      method: 'POST',
      headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target },
      body: JSON.stringify(input),
    });
  } catch (error) {
    if (error instanceof AwsError)
      throw new DataSourceUnreachable(502, `${error.code}: ${error.message}`, { cause: error });
    throw error;
  }
}

function refusal(answer: Incoming): [status: number, message: string] {
  const { __type: code = '', message = '' } = JSON.parse(answer.body.toString('utf8') || '{}') as {
    readonly __type?: string;
    readonly message?: string;
  };
  // The local CloudWatch names what it does not support. This must not look like an error in the query.
  if (code === 'UnsupportedOperation') return [501, `not evaluated: ${message}`];
  return [answer.status, `metric request error: ${code}: ${message}`];
}

function toFrame(query: Query, result: MetricDataResult, dimensions: Dimensions, period: number): Frame {
  return {
    schema: {
      refId: query.refId,
      name: result.Label,
      meta: { type: 'timeseries-multi', custom: { period, id: result.Id } },
      fields: [timeField('Time'), numberField('Value', dimensions, { displayNameFromDS: result.Label })],
    },
    data: { values: [result.Timestamps.map((time) => time * 1000), result.Values.map(jsonNumber)] },
  };
}
