import {
  AwsError,
  type JsonObject,
  type Kernel,
  type Operations,
  type Output,
  type ServiceModule,
} from '../../kernel/contracts';
import { ec2Query } from '../../kernel/protocols/aws-query';
import { formList } from '../../kernel/protocols/form';
import { isJsonObject } from '../cfn-values';
import { parseBlock } from '../cloudformation/cidr';
import type { RecordedResource, ResourceRegistry } from '../passive/registry';
import { matchesFilters } from './filters';
import type { InterfaceOwner, NetworkInterface } from './network-interface';

export type { InterfaceOwner, NetworkInterface } from './network-interface';

export interface Ec2Service extends ServiceModule {
  /** A subnet of the stack, for services that check their subnets. */
  subnet(
    id: string,
  ): { readonly vpcId: string; readonly zone: string; readonly availableAddresses: number } | undefined;
  securityGroup(id: string): { readonly vpcId: string } | undefined;
}

/**
 * The network operations of Amazon EC2: describes the template's resources and the interfaces that `owners` have
 * created.
 */
export function createEc2(
  kernel: Kernel,
  registry: ResourceRegistry,
  owners: () => readonly InterfaceOwner[] = () => [],
): Ec2Service {
  const interfaces = () => owners().flatMap((owner) => owner.networkInterfaces());
  const subnetOf = (id: string) => registry.find('AWS::EC2::Subnet', id);
  const freeAddresses = (subnet: RecordedResource) => {
    const { prefix } = parseBlock(text(subnet, 'CidrBlock'));
    // AWS reserves five addresses of every subnet.
    return 2 ** (32 - prefix) - 5 - interfaces().filter((item) => item.subnetId === subnet.physicalId).length;
  };
  const operations: Operations = {
    DescribeNetworkInterfaces: describe('DescribeNetworkInterfaces', 'networkInterfaceSet', 'NetworkInterfaceId', () =>
      interfaces().map((item) => describeInterface(kernel, item, subnetOf(item.subnetId))),
    ),
    DeleteNetworkInterface: {
      grants: (input) => {
        const id = String(input['NetworkInterfaceId'] ?? '');
        const found = interfaces().find(({ networkInterfaceId }) => networkInterfaceId === id);
        const subnet = found && subnetOf(found.subnetId);
        const { accountId, partition, region } = kernel;
        const arn = (rest: string) => `arn:${partition}:ec2:${region}:${accountId}:${rest}`;
        return [
          {
            action: 'ec2:DeleteNetworkInterface',
            resource: arn(`network-interface/${id}`),
            ...(subnet && { context: { 'ec2:Vpc': arn(`vpc/${text(subnet, 'VpcId')}`) } }),
          },
        ];
      },
      handle: (input) => {
        const id = String(input['NetworkInterfaceId'] ?? '');
        const owner = owners().find((one) => one.networkInterfaces().some((item) => item.networkInterfaceId === id));
        const found = owner?.networkInterfaces().find((item) => item.networkInterfaceId === id);
        if (!owner || !found) {
          throw new AwsError('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
        }
        if (found.status !== 'available' || !owner.deleteNetworkInterface) {
          throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
        }
        owner.deleteNetworkInterface(id);
        return { return: true };
      },
    },
    DescribeSubnets: describe('DescribeSubnets', 'subnetSet', 'SubnetId', () =>
      registry.list('AWS::EC2::Subnet').map((subnet) => ({
        subnetId: subnet.physicalId,
        vpcId: text(subnet, 'VpcId'),
        cidrBlock: text(subnet, 'CidrBlock'),
        availabilityZone: text(subnet, 'AvailabilityZone'),
        availabilityZoneId: zoneId(kernel.region, text(subnet, 'AvailabilityZone').slice(-1)),
        availableIpAddressCount: freeAddresses(subnet),
        mapPublicIpOnLaunch: text(subnet, 'MapPublicIpOnLaunch') === 'true',
        state: 'available',
        ownerId: kernel.accountId,
        tagSet: tagSet(subnet.tags),
      })),
    ),
    DescribeVpcs: describe('DescribeVpcs', 'vpcSet', 'VpcId', () =>
      registry.list('AWS::EC2::VPC').map((vpc) => ({
        vpcId: vpc.physicalId,
        cidrBlock: text(vpc, 'CidrBlock'),
        state: 'available',
        instanceTenancy: 'default',
        isDefault: false,
        ownerId: kernel.accountId,
        tagSet: tagSet(vpc.tags),
      })),
    ),
    DescribeSecurityGroups: describe('DescribeSecurityGroups', 'securityGroupInfo', 'GroupId', () =>
      registry.list('AWS::EC2::SecurityGroup').map((group) => ({
        groupId: group.physicalId,
        groupName: text(group, 'GroupName') || group.physicalId,
        groupDescription: text(group, 'GroupDescription'),
        vpcId: text(group, 'VpcId'),
        ownerId: kernel.accountId,
        tagSet: tagSet(group.tags),
      })),
    ),
    DescribeAvailabilityZones: describe('DescribeAvailabilityZones', 'availabilityZoneInfo', 'ZoneName', () =>
      ['a', 'b', 'c'].map((zone) => ({
        zoneName: `${kernel.region}${zone}`,
        zoneId: zoneId(kernel.region, zone),
        zoneState: 'available',
        optInStatus: 'opt-in-not-required',
        regionName: kernel.region,
        groupName: kernel.region,
        networkBorderGroup: kernel.region,
        zoneType: 'availability-zone',
      })),
    ),
    DescribeAddresses: describe('DescribeAddresses', 'addressesSet', 'AllocationId', () =>
      registry.list('AWS::EC2::EIP').map((address) => ({
        allocationId: address.attributes['AllocationId'],
        publicIp: address.physicalId,
        domain: 'vpc',
        networkBorderGroup: kernel.region,
        publicIpv4Pool: 'amazon',
        tagSet: tagSet(address.tags),
      })),
    ),
  };
  return {
    signingNames: ['ec2'],
    operations,
    handle: ec2Query({ kernel, operations }),
    subnet(id) {
      const subnet = subnetOf(id);
      if (subnet === undefined) return undefined;
      return {
        vpcId: text(subnet, 'VpcId'),
        zone: text(subnet, 'AvailabilityZone'),
        availableAddresses: freeAddresses(subnet),
      };
    },
    securityGroup(id) {
      const group = registry.find('AWS::EC2::SecurityGroup', id);
      return group === undefined ? undefined : { vpcId: text(group, 'VpcId') };
    },
  };
}

/** The id of a zone (`euw1-az1`). AWS maps letters to zones per account; here `a` is always the first zone. */
function zoneId(region: string, letter: string): string {
  const [area = '', ...rest] = region.split('-');
  // `northeast` becomes `ne`, `gov` becomes `g`.
  const short = rest
    .slice(0, -1)
    .map((word) => word.replaceAll(/(north|south|east|west|central|gov)/g, (part) => part.charAt(0)));
  return `${area}${short.join('')}${rest.at(-1)}-az${letter.charCodeAt(0) - 96}`;
}

/** A Describe operation: selects by ids, which must exist, then by filters. */
function describe(action: string, set: string, idParameter: string, list: () => readonly Output[]): Operations[string] {
  return {
    grants: () => [{ action: `ec2:${action}`, resource: '*' }],
    handle: (input: JsonObject) => {
      const ids = formList(input, idParameter).map(String);
      const idMember = idParameter.charAt(0).toLowerCase() + idParameter.slice(1);
      const all = list();
      const missing = ids.find((id) => !all.some((item) => item[idMember] === id));
      if (missing !== undefined) {
        const kind = idParameter.replace(/Id$/, '');
        throw new AwsError(`Invalid${kind}ID.NotFound`, `The ${idMember} '${missing}' does not exist`);
      }
      const filters = formList(input, 'Filter').filter(isJsonObject);
      const selected = all.filter((item) => ids.length === 0 || ids.includes(String(item[idMember])));
      return { [set]: selected.filter((item) => matchesFilters(item, filters)) };
    },
  };
}

function describeInterface(kernel: Kernel, item: NetworkInterface, subnet: RecordedResource | undefined): Output {
  return {
    networkInterfaceId: item.networkInterfaceId,
    subnetId: item.subnetId,
    vpcId: subnet === undefined ? undefined : text(subnet, 'VpcId'),
    availabilityZone: subnet === undefined ? undefined : text(subnet, 'AvailabilityZone'),
    description: item.description,
    ownerId: kernel.accountId,
    requesterManaged: true,
    interfaceType: item.interfaceType ?? 'interface',
    status: item.status,
    groupSet: item.securityGroupIds.map((groupId) => ({ groupId, groupName: groupId })),
    tagSet: tagSet(item.tags),
  };
}

function tagSet(tags: Readonly<Record<string, string>>): readonly Output[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function text(resource: RecordedResource, name: string): string {
  const value = resource.properties[name];
  return value === undefined || value === null ? '' : String(value);
}
