import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { createEc2, type Ec2Service, type NetworkInterface } from '../../../aws/ec2';
import { createPassive } from '../../../aws/passive';
import { createKernel, type LocalKernel } from '../../../kernel/create-kernel';

let kernel: LocalKernel;
let ec2: Ec2Service;
let client: EC2Client;
let interfaces: NetworkInterface[] = [];
let subnetId: string;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ec2-'));
  kernel = await createKernel({ port: 0, directory: () => directory, region: 'eu-west-1', accountId: '123456789012' });
  const passive = createPassive(kernel);
  kernel.register(passive);
  ec2 = createEc2(kernel, passive.registry, () => [{ networkInterfaces: () => interfaces }]);
  kernel.register(ec2);
  client = new EC2Client({
    endpoint: kernel.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  ({ physicalId: subnetId } = await make('AWS::EC2::Subnet', {
    VpcId: 'vpc-1',
    CidrBlock: '10.0.1.0/28',
    AvailabilityZone: 'eu-west-1a',
  }));
});
afterAll(async () => {
  client.destroy();
  await kernel.close();
  await rm(kernel.directory, { recursive: true, force: true });
});
beforeEach(() => {
  interfaces = [];
});

const make = async (type: string, properties: Record<string, string>) => {
  const handler = kernel.resourceHandlers().get(type);
  if (handler === undefined) throw new Error(`no ${type}`);
  return handler.create({ stackName: 's', stackId: 's', logicalId: 'L', type, properties, tags: { Name: 'private' } });
};
const workspaceInterface = (subnet: string): NetworkInterface => ({
  networkInterfaceId: 'eni-1',
  subnetId: subnet,
  securityGroupIds: ['sg-1'],
  status: 'in-use',
  description: 'Amazon Managed Grafana g-1',
  tags: { AmazonGrafanaManaged: 'true' },
});

it('describes the template’s subnets with their free addresses, without the five that AWS reserves', async () => {
  const free = async () => {
    const { Subnets = [] } = await client.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
    return Subnets[0]?.AvailableIpAddressCount;
  };
  expect(await free()).toBe(11);
  interfaces = [workspaceInterface(subnetId)];
  expect(await free()).toBe(10);
  expect(ec2.subnet(subnetId)).toEqual({ vpcId: 'vpc-1', zone: 'eu-west-1a', availableAddresses: 10 });
});

it('finds the interfaces of a workspace by subnet and tag until they are deleted', async () => {
  const find = async () => {
    const Filters = [
      { Name: 'subnet-id', Values: [subnetId] },
      { Name: 'tag-key', Values: ['AmazonGrafana*'] },
    ];
    const { NetworkInterfaces = [] } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }));
    return NetworkInterfaces.map(({ NetworkInterfaceId, VpcId, Groups }) => [
      NetworkInterfaceId,
      VpcId,
      Groups?.[0]?.GroupId,
    ]);
  };
  interfaces = [workspaceInterface(subnetId), { ...workspaceInterface('subnet-other'), networkInterfaceId: 'eni-2' }];
  expect(await find()).toEqual([['eni-1', 'vpc-1', 'sg-1']]);
  interfaces = [];
  expect(await find()).toEqual([]);
});

it.each([
  ['eu-west-1', 'euw1'],
  ['us-east-1', 'use1'],
  ['ap-northeast-1', 'apne1'],
  ['us-gov-west-1', 'usgw1'],
  ['ca-central-1', 'cac1'],
])('names the zones of %s by their ids too', async (region, prefix) => {
  const other = createEc2({ ...kernel, region }, createPassive(kernel).registry);
  const answer = await other.operations?.['DescribeAvailabilityZones']?.handle({}, undefined as never);
  expect((answer as { availabilityZoneInfo: readonly { zoneId: string }[] }).availabilityZoneInfo[0]?.zoneId).toBe(
    `${prefix}-az1`,
  );
});

it('selects zones by type, and describes addresses with their allocation ids', async () => {
  const Filters = [{ Name: 'zone-type', Values: ['availability-zone'] }];
  const { AvailabilityZones = [] } = await client.send(new DescribeAvailabilityZonesCommand({ Filters }));
  expect(AvailabilityZones.map(({ ZoneName, ZoneId, State }) => [ZoneName, ZoneId, State])).toEqual([
    ['eu-west-1a', 'euw1-az1', 'available'],
    ['eu-west-1b', 'euw1-az2', 'available'],
    ['eu-west-1c', 'euw1-az3', 'available'],
  ]);
  const { physicalId } = await make('AWS::EC2::EIP', { Domain: 'vpc' });
  const { Addresses = [] } = await client.send(new DescribeAddressesCommand({}));
  expect(Addresses).toEqual([
    expect.objectContaining({ PublicIp: physicalId, Domain: 'vpc', AllocationId: expect.stringMatching(/^eipalloc-/) }),
  ]);
});

it.each([
  ['an unknown id', { SubnetIds: ['subnet-none'] }, 'InvalidSubnetID.NotFound'],
  ['an unknown filter', { Filters: [{ Name: 'colour', Values: ['red'] }] }, 'InvalidParameterValue'],
])('refuses %s', async (_name, input, code) => {
  await expect(client.send(new DescribeSubnetsCommand(input))).rejects.toMatchObject({ name: code });
});

it.each([
  ['AWS::EC2::VPC', { CidrBlock: 'ten' }, /not an IPv4 CIDR/],
  ['AWS::EC2::Subnet', { CidrBlock: '10.0.0.0/29', VpcId: 'v' }, /10\.0\.0\.0\/29/],
  ['AWS::EC2::SecurityGroup', { VpcId: 'v' }, /GroupDescription/],
  ['AWS::EC2::NatGateway', { SubnetId: 's', Elastic: 'yes' }, /unsupported property Elastic/],
])('%s with %j is refused', async (type, properties, message) => {
  await expect(make(type, properties as Record<string, string>)).rejects.toThrow(message);
});
