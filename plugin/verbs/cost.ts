import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type GrafanaClient, paginateListWorkspaceServiceAccounts } from '@aws-sdk/client-grafana';
import type { Stack } from '../aws/stack';
import { findWorkspace } from '../aws/workspace';
import type { Context } from '../context';
import { ampQueries, type InstantQuery } from '../cost/amp-query';
import { type Inventory, readInventory, readTasks } from '../cost/inventory';
import { type Bill, type Counts, priceUp, type Share } from '../cost/price-up';
import { readPrices } from '../cost/prices';
import { readRate, readSeries } from '../cost/series';
import { readUsage } from '../cost/usage';
import { errorMessage } from '../problem';

/** A bill, and what it stands on. */
export interface Cost extends Bill {
  readonly stack: string;
  readonly region: string;
  readonly currency: 'USD';
  readonly pricesOf: 'us-east-1';
  readonly counts: Counts;
  /** Taken in by Loki and Tempo a second: they store it in S3, and cost nothing else by use. */
  readonly stores: { readonly logBytes?: number; readonly spans?: number };
  /** Why something could not be read. */
  readonly unread: readonly string[];
}

/** `sls cost`: counts what the deployed stack has and does now, and prices it by docs/prices.yml. Changes nothing. */
export async function cost(context: Context): Promise<void> {
  const { terminal } = context;
  const found = await gatherCost(context, await context.stack());
  if (context.flag('json')) return terminal.line(JSON.stringify(found, undefined, 2));
  for (const line of costLines(found, context)) terminal.line(line);
}

export async function gatherCost(context: Context, stack: Stack): Promise<Cost> {
  const unread: string[] = [];
  const attempt = async <T>(about: string, read: () => Promise<T>): Promise<T | undefined> =>
    read().catch((error: unknown) => {
      unread.push(`${about}: ${errorMessage(error)}`);
      return undefined;
    });
  const inventory = await readInventory(context, stack);
  const query = await metricsOf(context, stack);
  const [tasks, usage, serviceAccounts, series, logBytes, spans] = await Promise.all([
    attempt('tasks', () => readTasks(context, stack)),
    attempt('use', async () => readUsage(context, inventory, await madeAt(context, stack))),
    attempt('Grafana', () => countServiceAccounts(context, stack)),
    attempt('series', async () => query && readSeries(query)),
    attempt('logs', async () => query && readRate(query, 'loki_distributor_bytes_received_total')),
    attempt('spans', async () => query && readRate(query, 'tempo_distributor_spans_received_total')),
  ]);
  const counts: Counts = {
    tasks: tasks ?? [],
    loadBalancers: inventory.ids('AWS::ElasticLoadBalancingV2::LoadBalancer').length,
    natGateways: inventory.ids('AWS::EC2::NatGateway').length,
    addresses: inventory.ids('AWS::EC2::EIP').length,
    keys: inventory.ids('AWS::KMS::Key').length,
    alarms: inventory.ids('AWS::CloudWatch::Alarm').length,
    insights: insightsOf(inventory),
    ...(serviceAccounts !== undefined && { serviceAccounts }),
    ...(series && { series }),
    usage: usage ?? {},
  };
  return {
    stack: stack.name,
    region: context.region,
    currency: 'USD',
    pricesOf: 'us-east-1',
    ...priceUp(counts, readPrices()),
    counts,
    stores: { ...(logBytes !== undefined && { logBytes }), ...(spans !== undefined && { spans }) },
    unread,
  };
}

async function metricsOf(context: Context, { outputs }: Stack): Promise<InstantQuery | undefined> {
  const endpoint = outputs['PrometheusEndpoint'];
  return endpoint ? ampQueries(endpoint, await context.serverless.getProvider('aws').getAwsSdkV3Config()) : undefined;
}

async function madeAt(context: Context, { name }: Stack): Promise<Date | undefined> {
  const client = await context.client(CloudFormationClient);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
  return Stacks?.[0]?.CreationTime;
}

async function countServiceAccounts(context: Context, stack: Stack): Promise<number | undefined> {
  const client: GrafanaClient = await context.grafana();
  const workspace = await findWorkspace(client, stack);
  if (!workspace) return 0;
  let count = 0;
  for await (const page of paginateListWorkspaceServiceAccounts({ client }, { workspaceId: workspace.id }))
    count += page.serviceAccounts?.length ?? 0;
  return count;
}

function insightsOf({ ids, properties }: Inventory): string {
  const [cluster] = ids('AWS::ECS::Cluster');
  const settings = cluster && properties(cluster.logicalId)['ClusterSettings'];
  const found = Array.isArray(settings) ? settings.find(({ Name }) => Name === 'containerInsights') : undefined;
  return String(found?.Value ?? 'disabled');
}

/** The bill as a table, its parts without a sum, the samples by service and the ten dearest metrics. */
export function costLines(
  found: Cost,
  { terminal, endpoint }: Pick<Context, 'terminal' | 'endpoint'>,
): readonly string[] {
  const { lines, stores, unread } = found;
  const bold = (text: string) => terminal.style('bold', text);
  const counted = lines.filter(({ monthly }) => monthly !== undefined && monthly > 0);
  const without = lines.filter(({ monthly }) => monthly === undefined);
  const basis = endpoint
    ? 'Nothing is billed at this stage: this is what the same would cost on AWS.'
    : `The stack is in ${found.region}, whose prices may be higher.`;
  return [
    bold(`${found.stack}: USD a month at the present rate`),
    `Prices of ${found.pricesOf}, before taxes and free tiers (docs/cost.md). ${basis}`,
    ...columns([
      ...counted.map(({ component, quantity, monthly = 0 }) => [component, monthly.toFixed(2), quantity]),
      ['in all', found.monthly.toFixed(2), without.length > 0 ? 'without the following' : ''],
    ]),
    ...without.map(({ component, without: why = '' }) => `  ${component}: ${why}`),
    ...storeLines(stores),
    ...shareTable(bold('Samples by service'), found.services),
    ...shareTable(bold('The metrics that cost most'), found.metrics),
    ...unread.map((reason) => `Not read: ${reason}`),
  ];
}

function storeLines({ logBytes, spans }: Cost['stores']): readonly string[] {
  const parts = [
    ...(logBytes === undefined ? [] : [`Loki ${logBytes.toFixed(0)} bytes of logs`]),
    ...(spans === undefined ? [] : [`Tempo ${spans.toFixed(1)} spans`]),
  ];
  return parts.length > 0 ? [`Taken in a second: ${parts.join(', ')}. Both store it in S3.`] : [];
}

function shareTable(title: string, shares: readonly Share[]): readonly string[] {
  if (shares.length === 0) return [];
  const rows = shares.map(({ name, series, samples, monthly }) => [
    name,
    monthly?.toFixed(2) ?? 'look up',
    `${series} series, ${samples.toFixed(1)} samples a second`,
  ]);
  return [title, ...columns(rows)];
}

/** The second column to the right. */
function columns(rows: readonly (readonly [string, string, string] | readonly string[])[]): readonly string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [first, second] = [width(0), width(1)];
  return rows.map(([name = '', sum = '', rest = '']) =>
    `  ${name.padEnd(first)}  ${sum.padStart(second)}  ${rest}`.trimEnd(),
  );
}
