import {
  DeleteNetworkInterfaceCommand,
  EC2Client,
  EC2ServiceException,
  paginateDescribeNetworkInterfaces,
} from '@aws-sdk/client-ec2';
import type { NetworkInterface, NetworkInterfaces } from '../domain/network-interfaces';
import { awsClient } from './aws-client';

export function connectNetworkInterfaces(client = awsClient(EC2Client)): NetworkInterfaces {
  return {
    async inGroups(securityGroupIds) {
      const Filters = [{ Name: 'group-id', Values: [...securityGroupIds] }];
      const found: NetworkInterface[] = [];
      for await (const page of paginateDescribeNetworkInterfaces({ client }, { Filters })) {
        for (const { NetworkInterfaceId: id = '', Status } of page.NetworkInterfaces ?? [])
          found.push({ id, isAvailable: Status === 'available' });
      }
      return found;
    },

    async delete(NetworkInterfaceId) {
      try {
        await client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
        return true;
      } catch (error) {
        if (!(error instanceof EC2ServiceException) || error.$fault !== 'client') throw error;
        return error.name === 'InvalidNetworkInterfaceID.NotFound';
      }
    },
  };
}
