import { AwsError, type ResourceRequest } from '../../kernel/contracts';
import { textProperty } from '../cfn-values';
import { parseBlock } from '../cloudformation/cidr';
import { ec2Id, type PassiveType } from './passive-resource';

const id = (prefix: string) => () => ec2Id(prefix);
const text = (request: ResourceRequest, name: string) => textProperty(request.properties, name) ?? '';
const rule = ['CidrIp', 'CidrIpv6', 'Description', 'FromPort', 'IpProtocol!', 'ToPort'];

/** AWS::EC2::*, with the property names of the CloudFormation reference. */
export const networkTypes: Readonly<Record<string, PassiveType>> = {
  'AWS::EC2::VPC': {
    properties: ['CidrBlock!', 'EnableDnsHostnames', 'EnableDnsSupport', 'InstanceTenancy', 'Tags'],
    fixed: ['CidrBlock'],
    check: (request) => void parseBlock(text(request, 'CidrBlock')),
    physicalId: id('vpc'),
    attributes: (request, vpcId) => ({
      VpcId: vpcId,
      CidrBlock: text(request, 'CidrBlock'),
      DefaultSecurityGroup: ec2Id('sg'),
      DefaultNetworkAcl: ec2Id('acl'),
    }),
  },
  'AWS::EC2::Subnet': {
    properties: [
      'AssignIpv6AddressOnCreation',
      'AvailabilityZone',
      'AvailabilityZoneId',
      'CidrBlock!',
      'EnableDns64',
      'Ipv6CidrBlock',
      'MapPublicIpOnLaunch',
      'PrivateDnsNameOptionsOnLaunch',
      'Tags',
      'VpcId!',
    ],
    fixed: ['CidrBlock', 'AvailabilityZone', 'VpcId'],
    check: (request) => {
      const { prefix } = parseBlock(text(request, 'CidrBlock'));
      if (prefix >= 16 && prefix <= 28) return;
      throw new AwsError('InvalidSubnet.Range', `The CIDR '${text(request, 'CidrBlock')}' is invalid.`);
    },
    physicalId: id('subnet'),
    attributes: (request, subnetId) => ({
      SubnetId: subnetId,
      AvailabilityZone: text(request, 'AvailabilityZone'),
      CidrBlock: text(request, 'CidrBlock'),
      VpcId: text(request, 'VpcId'),
    }),
  },
  'AWS::EC2::InternetGateway': {
    properties: ['Tags'],
    physicalId: id('igw'),
    attributes: (_request, gatewayId) => ({ InternetGatewayId: gatewayId }),
  },
  'AWS::EC2::VPCGatewayAttachment': {
    properties: ['InternetGatewayId', 'VpcId!', 'VpnGatewayId'],
    physicalId: (request) => `IGW|${text(request, 'VpcId')}`,
    attributes: () => ({ AttachmentType: 'IGW' }),
  },
  'AWS::EC2::RouteTable': {
    properties: ['Tags', 'VpcId!'],
    fixed: ['VpcId'],
    physicalId: id('rtb'),
    attributes: (_request, tableId) => ({ RouteTableId: tableId }),
  },
  'AWS::EC2::Route': {
    properties: [
      'DestinationCidrBlock',
      'DestinationIpv6CidrBlock',
      'DestinationPrefixListId',
      'GatewayId',
      'NatGatewayId',
      'RouteTableId!',
      'TransitGatewayId',
      'VpcEndpointId',
      'VpcPeeringConnectionId',
    ],
    fixed: ['DestinationCidrBlock', 'RouteTableId'],
    physicalId: (request) => `${text(request, 'RouteTableId')}|${text(request, 'DestinationCidrBlock')}`,
    attributes: (request) => ({ CidrBlock: text(request, 'DestinationCidrBlock') }),
  },
  'AWS::EC2::SubnetRouteTableAssociation': {
    properties: ['RouteTableId!', 'SubnetId!'],
    fixed: ['SubnetId'],
    physicalId: id('rtbassoc'),
    attributes: (_request, associationId) => ({ Id: associationId }),
  },
  'AWS::EC2::EIP': {
    properties: ['Domain', 'InstanceId', 'NetworkBorderGroup', 'PublicIpv4Pool', 'Tags'],
    physicalId: () => documentationAddress(),
    attributes: (_request, address) => ({ AllocationId: ec2Id('eipalloc'), PublicIp: address }),
  },
  'AWS::EC2::NatGateway': {
    properties: [
      'AllocationId',
      'ConnectivityType',
      'MaxDrainDurationSeconds',
      'PrivateIpAddress',
      'SubnetId!',
      'Tags',
    ],
    fixed: ['AllocationId', 'ConnectivityType', 'SubnetId'],
    physicalId: id('nat'),
    attributes: (_request, gatewayId) => ({ NatGatewayId: gatewayId }),
  },
  'AWS::EC2::SecurityGroup': {
    properties: ['GroupDescription!', 'GroupName', 'SecurityGroupEgress', 'SecurityGroupIngress', 'Tags', 'VpcId'],
    fixed: ['GroupDescription', 'GroupName', 'VpcId'],
    physicalId: id('sg'),
    attributes: (request, groupId) => ({ GroupId: groupId, Id: groupId, VpcId: text(request, 'VpcId') }),
  },
  'AWS::EC2::SecurityGroupIngress': {
    properties: [
      ...rule,
      'GroupId',
      'GroupName',
      'SourcePrefixListId',
      'SourceSecurityGroupId',
      'SourceSecurityGroupName',
      'SourceSecurityGroupOwnerId',
    ],
    fixed: ['GroupId', 'FromPort', 'ToPort', 'IpProtocol', 'CidrIp', 'SourceSecurityGroupId'],
    physicalId: id('sgr'),
    attributes: (_request, ruleId) => ({ Id: ruleId }),
  },
  'AWS::EC2::SecurityGroupEgress': {
    properties: [...rule, 'DestinationPrefixListId', 'DestinationSecurityGroupId', 'GroupId!'],
    fixed: ['GroupId', 'FromPort', 'ToPort', 'IpProtocol', 'CidrIp', 'DestinationSecurityGroupId'],
    physicalId: id('sgr'),
    attributes: (_request, ruleId) => ({ Id: ruleId }),
  },
  'AWS::EC2::VPCEndpoint': {
    properties: [
      'DnsOptions',
      'IpAddressType',
      'PolicyDocument',
      'PrivateDnsEnabled',
      'RouteTableIds',
      'SecurityGroupIds',
      'ServiceName',
      'SubnetIds',
      'Tags',
      'VpcEndpointType',
      'VpcId!',
    ],
    fixed: ['ServiceName', 'VpcEndpointType', 'VpcId'],
    physicalId: id('vpce'),
    attributes: (_request, endpointId) => ({ Id: endpointId }),
  },
};

/** An address in TEST-NET-3 (RFC 5737), which is reserved for documentation. */
function documentationAddress(): string {
  return `203.0.113.${1 + Math.floor(Math.random() * 254)}`;
}
