import type { Context } from './context';
import { invalid, invalidFields } from './wire';
import type { VpcConfiguration } from './workspace';

/**
 * User guide "Connect to data sources or notification channels in Amazon VPC": two subnets or more in as many zones, 15
 * free addresses in each, one to five security groups, all of one VPC, no duplicates. Form: API reference
 * "VpcConfiguration".
 */
export function checkVpc(context: Context, vpc: VpcConfiguration): void {
  checkList('vpcConfiguration.subnetIds', vpc.subnetIds, /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, 2, 6);
  checkList('vpcConfiguration.securityGroupIds', vpc.securityGroupIds, /^sg-([0-9a-f]{8}|[0-9a-f]{17})$/, 1, 5);
  const network = context.network;
  if (!network) return;
  const subnets = vpc.subnetIds.map((id) => {
    const subnet = network.subnet(id);
    if (!subnet) throw invalid(`The subnet ID '${id}' does not exist`);
    if (subnet.availableAddresses < 15)
      throw invalid(`Subnet ${id} has ${subnet.availableAddresses} free IPv4 addresses; 15 are needed`);
    return subnet;
  });
  const vpcs = new Set(subnets.map((subnet) => subnet.vpcId));
  for (const id of vpc.securityGroupIds) {
    const group = network.securityGroup(id);
    if (!group) throw invalid(`The security group '${id}' does not exist`);
    vpcs.add(group.vpcId);
  }
  if (vpcs.size > 1) throw invalid('Subnets and security groups must be part of the same VPC');
  if (new Set(subnets.map((subnet) => subnet.zone)).size < 2)
    throw invalid('Subnets must be in at least two Availability Zones');
}

function checkList(name: string, ids: readonly string[], pattern: RegExp, min: number, max: number): void {
  if (ids.length < min || ids.length > max)
    throw invalidFields([{ name, message: `Member must have between ${min} and ${max} entries` }]);
  if (new Set(ids).size < ids.length) throw invalidFields([{ name, message: 'Duplicates are not allowed' }]);
  const wrong = ids.find((id) => !pattern.test(id));
  if (wrong !== undefined)
    throw invalidFields([{ name, message: `Member must satisfy regular expression pattern: ${pattern.source}` }]);
}
