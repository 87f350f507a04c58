import { like } from '../../kernel/access/policy';
import { AwsError, type JsonObject, type Output, type OutputValue } from '../../kernel/contracts';

import { formList } from '../../kernel/protocols/form';

/** Filter names of the Describe operations, and the members that they compare. */
const members: Readonly<Record<string, (item: Output) => readonly OutputValue[]>> = {
  'subnet-id': (item) => [item['subnetId']],
  'vpc-id': (item) => [item['vpcId']],
  'group-id': (item) => [item['groupId'], ...lists(item['groupSet']).map((group) => group['groupId'])],
  'group-name': (item) => [item['groupName']],
  'network-interface-id': (item) => [item['networkInterfaceId']],
  'availability-zone': (item) => [item['availabilityZone']],
  'interface-type': (item) => [item['interfaceType']],
  'requester-managed': (item) => [item['requesterManaged']],
  'tag-key': (item) => lists(item['tagSet']).map((tag) => tag['key']),
  description: (item) => [item['description']],
  status: (item) => [item['status']],
  state: (item) => [item['state'] ?? item['zoneState']],
  'allocation-id': (item) => [item['allocationId']],
  'public-ip': (item) => [item['publicIp']],
  domain: (item) => [item['domain']],
  'zone-name': (item) => [item['zoneName']],
  'zone-id': (item) => [item['zoneId']],
  'zone-type': (item) => [item['zoneType']],
};

/**
 * Whether an item matches every filter, by any of its values (`*` and `?` are wildcards). Throws InvalidParameterValue
 * for an unknown filter.
 */
export function matchesFilters(item: Output, filters: readonly JsonObject[]): boolean {
  return filters.every((filter) => {
    const name = String(filter['Name']);
    const wanted = formList(filter, 'Value').map(String);
    const actual = valuesFor(item, name).filter((value) => value !== undefined);
    return actual.some((value) => wanted.some((pattern) => like(pattern, String(value))));
  });
}

function valuesFor(item: Output, name: string): readonly OutputValue[] {
  if (name.startsWith('tag:')) {
    return lists(item['tagSet'])
      .filter((tag) => tag['key'] === name.slice(4))
      .map((tag) => tag['value']);
  }
  const read = members[name];
  if (read !== undefined) return read(item);
  throw new AwsError('InvalidParameterValue', `The filter '${name}' is not supported by the local cloud.`);
}

function lists(value: OutputValue): readonly Output[] {
  return Array.isArray(value) ? (value as readonly Output[]) : [];
}
