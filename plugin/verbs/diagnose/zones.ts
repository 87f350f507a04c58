import {
  type AvailabilityZone,
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { Context } from '../../context';
import { bad, type Finding, good, note } from './finding';

/** Regions where Fargate runs in some zones only, by zone ids. aws-facts: fargate-zones */
const fargateZones: Readonly<Record<string, readonly string[]>> = {
  'us-west-1': ['usw1-az1', 'usw1-az3'],
  'ap-northeast-1': ['apne1-az1', 'apne1-az2', 'apne1-az4'],
};

/** Zones from which users report refusals of Lambda or of others. aws-facts: lambda-zones */
const doubtfulZones: readonly string[] = ['use1-az3'];

/**
 * Free IPv4 addresses that a workspace's VPC connection needs in every subnet. aws-facts: workspace-subnet-addresses
 */
const addressesOfWorkspace = 15;

/** Are Fargate and Lambda offered in the zones of the stack's subnets? */
export async function zones(context: Context): Promise<readonly Finding[]> {
  const client = await context.client(EC2Client);
  const { AvailabilityZones = [] } = await client.send(
    new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }] }),
  );
  if (context.parameter('vpcId') !== '') return existingSubnets(context, client, AvailabilityZones);
  const chosen = list(context.parameter('availabilityZones'));
  const unknown = chosen.filter((name) => !AvailabilityZones.some(({ ZoneName }) => ZoneName === name));
  const usable = AvailabilityZones.filter((zone) => zone.State === 'available' && !isRefused(context, zone));
  const remedy = `Choose two that have both: --param="availabilityZones=${usable
    .filter((zone) => !isDoubtful(zone))
    .slice(0, 2)
    .map(({ ZoneName }) => ZoneName)
    .join(',')}".`;
  if (unknown.length > 0)
    return [bad('zones', `${context.region} has no zone ${unknown.join(', ')} for this account`, remedy)];
  // Without a choice CloudFormation takes the first two of the region.
  const taken = chosen.length > 0 ? chosen : AvailabilityZones.slice(0, 2).map(({ ZoneName }) => ZoneName ?? '');
  return [
    verdictOn(
      context,
      AvailabilityZones.filter(({ ZoneName }) => taken.includes(ZoneName ?? '')),
      remedy,
    ),
  ];
}

async function existingSubnets(
  context: Context,
  client: EC2Client,
  all: readonly AvailabilityZone[],
): Promise<readonly Finding[]> {
  const ids = list(context.parameter('privateSubnetIds'));
  const { Subnets = [] } = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [...ids] }] }),
  );
  const vpcId = context.parameter('vpcId');
  const missing = ids.filter((id) => !Subnets.some(({ SubnetId, VpcId }) => SubnetId === id && VpcId === vpcId));
  if (missing.length > 0)
    return [
      bad(
        'subnets',
        `${vpcId} has no subnet ${missing.join(', ')}`,
        'Correct privateSubnetIds, or the account and region.',
      ),
    ];
  const names = Subnets.map(({ AvailabilityZone }) => AvailabilityZone ?? '');
  const full = Subnets.filter(({ AvailableIpAddressCount = 0 }) => AvailableIpAddressCount < addressesOfWorkspace);
  const remedy = 'Give subnets of other zones in privateSubnetIds.';
  return [
    verdictOn(
      context,
      all.filter(({ ZoneName }) => names.includes(ZoneName ?? '')),
      remedy,
    ),
    ...(new Set(names).size < 2
      ? [bad('subnets', `all of privateSubnetIds are in ${names[0]}; the workspace needs two zones`, remedy)]
      : []),
    ...full.map(({ SubnetId, AvailableIpAddressCount }) =>
      bad(
        'subnets',
        `${SubnetId} has ${AvailableIpAddressCount} free addresses; the workspace needs ${addressesOfWorkspace} in each subnet`,
        'Free some, or give larger subnets in privateSubnetIds.',
      ),
    ),
  ];
}

function verdictOn(context: Context, taken: readonly AvailabilityZone[], remedy: string): Finding {
  const named = (zones: readonly AvailabilityZone[]) =>
    zones.map(({ ZoneName, ZoneId }) => `${ZoneName} (${ZoneId})`).join(', ');
  const refused = taken.filter((zone) => isRefused(context, zone));
  if (refused.length > 0)
    return bad('zones', `Fargate is not offered in ${named(refused)}, so no task could start there`, remedy);
  const closed = taken.filter(({ State }) => State !== 'available');
  if (closed.length > 0)
    return bad('zones', `${named(closed)}: ${closed.map(({ State }) => State).join(', ')}`, remedy);
  const doubtful = taken.filter(isDoubtful);
  if (doubtful.length > 0)
    return note(
      'zones',
      `${named(doubtful)} is an old zone that AWS's services refuse at times, Lambda among them`,
      remedy,
    );
  return good('zones', named(taken));
}

function isRefused({ region }: Context, { ZoneId = '' }: AvailabilityZone): boolean {
  return fargateZones[region]?.includes(ZoneId) === false;
}

function isDoubtful({ ZoneId = '' }: AvailabilityZone): boolean {
  return doubtfulZones.includes(ZoneId);
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
