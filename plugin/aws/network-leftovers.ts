import { setTimeout as wait } from 'node:timers/promises';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import {
  DeleteNetworkInterfaceCommand,
  EC2Client,
  type NetworkInterface,
  paginateDescribeNetworkInterfaces,
} from '@aws-sdk/client-ec2';
import { LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import type { Context } from '../context';
import { errorName, problem } from '../problem';
import type { Stack } from './stack';
import { workspacesOf } from './workspace';

/**
 * Lambda takes 20 to 45 minutes to release a function's interfaces, AMG some minutes after the workspace's deletion.
 */
const LONGEST_WAIT_MINUTES = 45;

/**
 * For a stack without its teardown machine: removes the network interfaces of the tester and of the workspace, which
 * prevent CloudFormation from deleting the security groups and subnets. Takes the function out of the VPC, deletes the
 * tester's interfaces that are `available`, and waits for those that Lambda and AMG still hold
 * (aws-facts: lambda-deletes-interfaces-by-role, amg-interfaces-tagged). Yields a line for each action.
 */
export async function* clearInterfaces(context: Context, stack: Stack): AsyncGenerator<string, void> {
  const { functions, tester, workspace } = await networkOf(context, stack);
  const lambda = await context.client(LambdaClient);
  for (const FunctionName of functions) {
    if (await leaveVpc(lambda, FunctionName)) yield `${FunctionName} leaves the VPC`;
  }
  const ec2 = await context.client(EC2Client);
  const giveUp = Date.now() + LONGEST_WAIT_MINUTES * 60_000;
  const told = new Set<string>();
  for (;;) {
    const ofTester: string[] = [];
    for (const { NetworkInterfaceId: id = '', Status } of await interfacesIn(ec2, tester)) {
      if (Status === 'available' && (await isDeleted(ec2, id)))
        yield `the network interface ${id} was left behind and is deleted`;
      else ofTester.push(id);
    }
    // AMG deletes its own. Deleting one here could break a workspace that still exists.
    const ofWorkspace = (await interfacesIn(ec2, workspace)).map(({ NetworkInterfaceId: id = '' }) => id);
    const held = [
      { by: 'Lambda', ids: ofTester },
      { by: 'Amazon Managed Grafana', ids: ofWorkspace },
    ].filter(({ ids }) => ids.length > 0);
    if (held.length === 0) return;
    if (ofWorkspace.length > 0) await assertDeletable(context, stack);
    if (Date.now() > giveUp) {
      throw problem(
        'InterfacesLeft',
        `${held.map(({ by, ids }) => `${by} still holds ${ids.join(', ')}`).join(' and ')}, so that CloudFormation cannot delete their security groups and subnets. ` +
          `Run \`${context.command('remove')}\` again later; if they are there tomorrow, AWS Support can delete them.`,
      );
    }
    for (const { by, ids } of held) {
      if (ids.some((id) => !told.has(id)))
        yield `waiting for ${by} to let go of ${ids.join(', ')}: this takes up to ${LONGEST_WAIT_MINUTES} minutes, and Ctrl-C is safe`;
      for (const id of ids) told.add(id);
    }
    await wait(Number(context.parameter('waitSeconds')) * 1000);
  }
}

/** The tester, and the security groups that only it or only the workspace uses, as far as the stack still has them. */
async function networkOf(context: Context, stack: Stack) {
  const client = await context.client(CloudFormationClient);
  const found = new Map<string | undefined, string>();
  for await (const page of paginateListStackResources({ client }, { StackName: stack.name })) {
    for (const { LogicalResourceId, PhysicalResourceId: id, ResourceStatus } of page.StackResourceSummaries ?? [])
      if (id && ResourceStatus !== 'DELETE_COMPLETE') found.set(LogicalResourceId, id);
  }
  const named = (logicalId: string): readonly string[] => [found.get(logicalId)].filter((id) => id !== undefined);
  return {
    functions: named('TesterLambdaFunction'),
    tester: named('TesterSecurityGroup'),
    workspace: named('GrafanaSecurityGroup'),
  };
}

/** Throws a Problem for a workspace whose deletion failed: it keeps its interfaces for ever. */
async function assertDeletable(context: Context, stack: Stack): Promise<void> {
  for (const { id, status } of await workspacesOf(await context.grafana(), stack)) {
    if (status !== 'DELETION_FAILED') continue;
    throw problem(
      'WorkspaceNotDeleted',
      `The workspace ${id} is ${status} and keeps its network interfaces. Delete it in the AMG console, then run \`${context.command('remove')}\` again.`,
    );
  }
}

/** False when the function no longer exists. */
async function leaveVpc(client: LambdaClient, FunctionName: string): Promise<boolean> {
  try {
    const VpcConfig = { SubnetIds: [], SecurityGroupIds: [] };
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, VpcConfig }));
    return true;
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException') return false;
    throw error;
  }
}

async function interfacesIn(client: EC2Client, groups: readonly string[]): Promise<readonly NetworkInterface[]> {
  if (groups.length === 0) return [];
  const Filters = [{ Name: 'group-id', Values: [...groups] }];
  const found: NetworkInterface[] = [];
  for await (const { NetworkInterfaces = [] } of paginateDescribeNetworkInterfaces({ client }, { Filters }))
    found.push(...NetworkInterfaces);
  return found;
}

/** Not-found counts as deleted; an interface in use again is not deleted. */
async function isDeleted(client: EC2Client, NetworkInterfaceId: string): Promise<boolean> {
  try {
    await client.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }));
    return true;
  } catch (error) {
    if (errorName(error) === 'InvalidNetworkInterfaceID.NotFound') return true;
    if (errorName(error) === 'InvalidParameterValue') return false;
    throw error;
  }
}
