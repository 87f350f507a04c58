import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeAddressesCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  type MetricInfo,
  NoSuchResourceException,
  type ServiceQuota,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { Context } from '../../context';
import { errorName } from '../../problem';
import { bad, type Finding, good, note } from './finding';
import type { Needs } from './needs';

/** A quota by its codes, which are the same in every region and account. aws-facts: quota-codes */
export interface QuotaCode {
  readonly service: string;
  readonly code: string;
  /** AWS's default, for an account that may not read its quotas. */
  readonly usual: number;
}

export const quotas = {
  /** Fargate On-Demand vCPU resource count. aws-facts: fargate-vcpu-quota */
  fargateVcpu: { service: 'fargate', code: 'L-3032A538', usual: 6 },
  /** EC2-VPC Elastic IPs. */
  elasticIps: { service: 'ec2', code: 'L-0263D0A3', usual: 5 },
  /** VPCs per Region. */
  vpcs: { service: 'vpc', code: 'L-F678F1CE', usual: 5 },
  /** Number of workspaces. aws-facts: workspace-quota */
  workspaces: { service: 'grafana', code: 'L-2C2D5119', usual: 5 },
} as const satisfies Readonly<Record<string, QuotaCode>>;

export interface Quota {
  readonly value: number;
  /** `, by default` when the quota could not be read: the account's own value may differ. */
  readonly doubt: string;
  readonly usage?: MetricInfo;
}

/**
 * The account's quota in the region: its own value, else AWS's default, else (neither can be read) the usual default.
 */
export async function readQuota(context: Context, { service, code, usual }: QuotaCode): Promise<Quota> {
  const client = await context.client(ServiceQuotasClient);
  const input = { ServiceCode: service, QuotaCode: code };
  try {
    const { Quota } = await client.send(new GetServiceQuotaCommand(input)).catch((error: unknown) => {
      if (error instanceof NoSuchResourceException) return client.send(new GetAWSDefaultServiceQuotaCommand(input));
      throw error;
    });
    return known(Quota, usual);
  } catch (error) {
    return { value: usual, doubt: `, AWS's default, as this account's own could not be read (${errorName(error)})` };
  }
}

function known(quota: ServiceQuota | undefined, usual: number): Quota {
  if (quota?.Value === undefined) return { value: usual, doubt: ", AWS's default" };
  return { value: quota.Value, doubt: '', ...(quota.UsageMetric && { usage: quota.UsageMetric }) };
}

/** Is the Fargate quota large enough for the stack and what already runs? New accounts have few vCPU. */
export async function fargateVcpu(context: Context, { vcpuAtStart, vcpuAtMost }: Needs): Promise<Finding> {
  const quota = await readQuota(context, quotas.fargateVcpu);
  const { used, unread } = await usedOf(context, quota.usage);
  const state = `${used} of ${quota.value} vCPU are in use in ${context.region}${quota.doubt}${unread}; the stack starts with ${vcpuAtStart} and grows to ${vcpuAtMost}`;
  const remedy = `Ask for more: ${request(context, quotas.fargateVcpu, used + vcpuAtMost)}. Or give the stack less with minTasks, maxTasks, taskCpu, storeCpu, gatewayMinTasks, gatewayMaxTasks and gatewayCpu (docs/parameters.md).`;
  const free = quota.value - used;
  if (vcpuAtStart > free)
    return bad('Fargate vCPU quota', `${state}. Tasks beyond the quota do not start, and the deploy fails`, remedy);
  if (vcpuAtMost > free)
    return note(
      'Fargate vCPU quota',
      `${state}. The deploy fits; under load the service cannot scale out to its end`,
      remedy,
    );
  return good('Fargate vCPU quota', state);
}

/** A new VPC has an Elastic IP for each NAT gateway. */
export async function elasticIps(context: Context, needs: Needs): Promise<Finding> {
  const quota = await readQuota(context, quotas.elasticIps);
  const { Addresses = [] } = await (await context.client(EC2Client)).send(new DescribeAddressesCommand({}));
  const state = `${Addresses.length} of ${quota.value} are in use in ${context.region}${quota.doubt}; the stack's NAT gateways take ${needs.elasticIps}`;
  if (Addresses.length + needs.elasticIps <= quota.value) return good('Elastic IP quota', state);
  return bad(
    'Elastic IP quota',
    `${state}. Without them the VPC has no way out, and the deploy fails`,
    `Release addresses that nobody uses, or ask for more: ${request(context, quotas.elasticIps, Addresses.length + needs.elasticIps)}. Or use a VPC that is there: --param="vpcId=…".`,
  );
}

/** A new VPC needs room; without `vpcId` the stack makes one. */
export async function vpcRoom(context: Context): Promise<Finding> {
  const quota = await readQuota(context, quotas.vpcs);
  const { Vpcs = [] } = await (await context.client(EC2Client)).send(new DescribeVpcsCommand({}));
  const state = `${Vpcs.length} of ${quota.value} VPCs are in use in ${context.region}${quota.doubt}`;
  if (Vpcs.length < quota.value) return good('VPC quota', state);
  return bad(
    'VPC quota',
    `${state}; the stack makes one`,
    `Use a VPC that is there (--param="vpcId=…"), or ask for more: ${request(context, quotas.vpcs, Vpcs.length + 1)}.`,
  );
}

/** The command that asks AWS for a higher quota. */
export function request({ region }: Context, { service, code }: QuotaCode, value: number): string {
  return `\`aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${code} --desired-value ${Math.ceil(value)}\``;
}

/** The last value of the quota's own usage metric. No value means that nothing runs. aws-facts: quota-usage-metric */
async function usedOf(context: Context, metric: MetricInfo | undefined): Promise<{ used: number; unread: string }> {
  if (metric === undefined) return { used: 0, unread: '' };
  const client = await context.client(CloudWatchClient);
  const now = Date.now();
  try {
    const { MetricDataResults = [] } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - usageWindow),
        EndTime: new Date(now),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          {
            Id: 'used',
            MetricStat: {
              Metric: {
                Namespace: metric.MetricNamespace,
                MetricName: metric.MetricName,
                Dimensions: Object.entries(metric.MetricDimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
              },
              Period: 300,
              Stat: metric.MetricStatisticRecommendation ?? 'Maximum',
            },
          },
        ],
      }),
    );
    return { used: MetricDataResults[0]?.Values?.[0] ?? 0, unread: '' };
  } catch (error) {
    return { used: 0, unread: ` (what runs today could not be read: ${errorName(error)})` };
  }
}

/** The usage metric has a value every few minutes; older values are outdated. */
const usageWindow = 30 * 60_000;
