import { EC2Client, paginateDescribeNetworkInterfaces } from '@aws-sdk/client-ec2';
import type { NetworkInterfaces } from '../domain/network-interfaces';
import { awsClient } from './aws-client';

export function connectNetworkInterfaces(client = awsClient(EC2Client)): NetworkInterfaces {
  return {
    async inGroups(securityGroupIds) {
      const Filters = [{ Name: 'group-id', Values: [...securityGroupIds] }];
      const ids: string[] = [];
      for await (const page of paginateDescribeNetworkInterfaces({ client }, { Filters })) {
        ids.push(...(page.NetworkInterfaces ?? []).map(({ NetworkInterfaceId }) => NetworkInterfaceId ?? ''));
      }
      return ids;
    },
  };
}
