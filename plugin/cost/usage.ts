import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Context } from '../context';
import type { Inventory } from './inventory';
import { HOURS } from './prices';

/** What the last day's use is in a month; a member is missing when CloudWatch had no data of it. */
export interface Usage {
  /** GB that CloudWatch Logs took in, of the stack's groups. */
  readonly logsGb?: number;
  readonly natGb?: number;
  readonly lambdaGbSeconds?: number;
  readonly lambdaRequests?: number;
  /** GB that the buckets hold; CloudWatch measures it once a day. */
  readonly bucketsGb?: number;
}

interface Wanted {
  readonly member: keyof Usage;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** Of one value, in the unit of the member. */
  readonly factor: number;
}

const HOUR = 3_600_000;
const GB = 1024 ** 3;
/** Queries of a request (Amazon CloudWatch API reference, GetMetricData). */
const MAX_QUERIES = 500;

/** What is asked of a metric: the sum of a day, or the last daily value. */
interface Range {
  readonly milliseconds: number;
  readonly Period: number;
  readonly Stat: 'Sum' | 'Average';
}
const LAST_DAY: Range = { milliseconds: 24 * HOUR, Period: 3600, Stat: 'Sum' };
const LAST_VALUE: Range = { milliseconds: 48 * HOUR, Period: 86_400, Stat: 'Average' };

/**
 * AWS's own free metrics of what is billed by use, of the last day. `since`: when the stack was made. A younger one is measured since then, and
 * for an hour at least: the setup of its first minutes is no rate of a month.
 */
export async function readUsage(context: Context, inventory: Inventory, since: Date | undefined): Promise<Usage> {
  const client = await context.client(CloudWatchClient);
  const now = new Date();
  const hours = Math.min(24, Math.max(1, (now.getTime() - (since?.getTime() ?? 0)) / HOUR));
  const inDay = await totals(client, rates(inventory), LAST_DAY, now);
  const inMonth = Object.entries(inDay).map(([member, value]) => [member, (value / hours) * HOURS]);
  return { ...Object.fromEntries(inMonth), ...(await totals(client, sizes(inventory), LAST_VALUE, now)) };
}

async function totals(client: CloudWatchClient, wanted: readonly Wanted[], range: Range, now: Date): Promise<Usage> {
  const usage: Partial<Record<keyof Usage, number>> = {};
  for (let start = 0; start < wanted.length; start += MAX_QUERIES) {
    const part = wanted.slice(start, start + MAX_QUERIES);
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now.getTime() - range.milliseconds),
        EndTime: now,
        MetricDataQueries: part.map((each, index) => queryOf(each, index, range)),
      }),
    );
    for (const { Id, Values = [] } of MetricDataResults) {
      const each = part[Number(Id?.slice(1))];
      const newestFirst = range.Stat === 'Sum' ? Values : Values.slice(0, 1);
      if (!each || newestFirst.length === 0) continue;
      const value = newestFirst.reduce((total, one) => total + one, 0);
      usage[each.member] = (usage[each.member] ?? 0) + value * each.factor;
    }
  }
  return usage;
}

/** aws-facts: usage-metrics */
function rates({ ids, properties }: Inventory): readonly Wanted[] {
  return [
    ...ids('AWS::Logs::LogGroup').map(({ physicalId }) =>
      of('logsGb', 'AWS/Logs', 'IncomingBytes', { LogGroupName: physicalId }, 1 / GB),
    ),
    ...ids('AWS::EC2::NatGateway').flatMap(({ physicalId }) =>
      ['BytesInFromSource', 'BytesInFromDestination'].map((metric) =>
        of('natGb', 'AWS/NATGateway', metric, { NatGatewayId: physicalId }, 1 / GB),
      ),
    ),
    ...ids('AWS::Lambda::Function').flatMap(({ logicalId, physicalId }) => {
      const gb = Number(properties(logicalId)['MemorySize'] ?? 128) / 1024;
      return [
        of('lambdaRequests', 'AWS/Lambda', 'Invocations', { FunctionName: physicalId }, 1),
        // Milliseconds.
        of('lambdaGbSeconds', 'AWS/Lambda', 'Duration', { FunctionName: physicalId }, gb / 1000),
      ];
    }),
  ];
}

function sizes({ ids }: Inventory): readonly Wanted[] {
  return ids('AWS::S3::Bucket').map(({ physicalId }) =>
    of('bucketsGb', 'AWS/S3', 'BucketSizeBytes', { BucketName: physicalId, StorageType: 'StandardStorage' }, 1 / GB),
  );
}

function of(
  member: keyof Usage,
  namespace: string,
  metric: string,
  dimensions: Readonly<Record<string, string>>,
  factor: number,
): Wanted {
  return { member, namespace, metric, dimensions, factor };
}

function queryOf({ namespace, metric, dimensions }: Wanted, index: number, { Period, Stat }: Range): MetricDataQuery {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id: `m${index}`,
    MetricStat: { Metric: { Namespace: namespace, MetricName: metric, Dimensions }, Period, Stat },
  };
}
