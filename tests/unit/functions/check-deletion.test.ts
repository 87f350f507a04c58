import { EC2Client } from '@aws-sdk/client-ec2';
import { connectNetworkInterfaces } from '../../../functions/adapters/network-interfaces';
import { checkDeletion } from '../../../functions/check-deletion/check-deletion';
import type { Amg } from '../../../functions/domain/workspace';
import { createEc2, type NetworkInterface } from '../../../local/aws/ec2';
import { createPassive } from '../../../local/aws/passive';
import { type ComputeCloud, startComputeCloud } from '../../../local/tests/aws/support/compute-cloud';
import { testClock } from '../../helpers/test-clock';

let cloud: ComputeCloud;
let client: EC2Client;
let present: readonly NetworkInterface[] = [];
const owner = {
  networkInterfaces: () => present,
  deleteNetworkInterface: (id: string) => {
    present = present.filter(({ networkInterfaceId }) => networkInterfaceId !== id);
  },
};

beforeAll(async () => {
  cloud = await startComputeCloud();
  cloud.kernel.register(createEc2(cloud.kernel, createPassive(cloud.kernel).registry, () => [owner]));
  client = new EC2Client(cloud.client);
});
afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

/** An interface in a subnet that several workspaces share, which is possible in an existing VPC. */
const networkInterface = (networkInterfaceId: string, group: string): NetworkInterface => ({
  networkInterfaceId,
  subnetId: 'subnet-0123456789abcdef0',
  securityGroupIds: [group],
  status: 'in-use',
  description: 'Amazon Managed Grafana',
  tags: { AmazonGrafanaManaged: 'true' },
});

function check(deadline = '2026-11-23T12:45:00Z', detached = true) {
  const amg: Pick<Amg, 'listWorkspaces'> = { listWorkspaces: async () => [] };
  return checkDeletion(
    { deadline: new Date(deadline), detached },
    {
      amg: amg as Amg,
      interfaces: connectNetworkInterfaces(client),
      clock: testClock('2026-11-23T12:00:00.000Z'),
      stackName: 'stack',
      securityGroupIds: ['sg-ours'],
      testerSecurityGroupIds: ['sg-tester'],
    },
  );
}

it('waits for the interfaces with the workspace’s security group, not for others in its subnets', async () => {
  present = [networkInterface('eni-ours', 'sg-ours'), networkInterface('eni-theirs', 'sg-theirs')];
  await expect(check()).resolves.toMatchObject({
    status: 'PENDING',
    detail: 'still there: network interface eni-ours',
  });
  present = [networkInterface('eni-theirs', 'sg-theirs')];
  await expect(check()).resolves.toMatchObject({ status: 'READY', outcome: 'removed' });
});

it('gives up after the deadline, naming what is left', async () => {
  present = [networkInterface('eni-ours', 'sg-ours')];
  await expect(check('2026-11-23T11:59:00Z')).rejects.toMatchObject({
    name: 'InterfacesLeft',
    message: expect.stringContaining('eni-ours'),
  });
});

it('waits for the tester’s interfaces while they are in use, and deletes those that Lambda has left behind', async () => {
  const ofTester = networkInterface('eni-tester', 'sg-tester');
  present = [ofTester];
  await expect(check()).resolves.toMatchObject({
    status: 'PENDING',
    detail: 'still there: network interface eni-tester of the tester',
  });
  // The tester is still in the VPC, so its interfaces are not waited for.
  await expect(check(undefined, false)).resolves.toMatchObject({ status: 'READY' });
  present = [{ ...ofTester, status: 'available' }];
  await expect(check()).resolves.toMatchObject({ status: 'READY', outcome: 'removed' });
  expect(present).toEqual([]);
});

it('does not delete available interfaces of others', async () => {
  present = [{ ...networkInterface('eni-theirs', 'sg-theirs'), status: 'available' }];
  await expect(check()).resolves.toMatchObject({ status: 'READY' });
  expect(present).toHaveLength(1);
});
