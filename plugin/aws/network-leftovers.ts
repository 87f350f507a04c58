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

/** Lambda takes 20 to 45 minutes to release a function's interfaces. */
const LONGEST_WAIT_MINUTES = 45;

/**
 * For a stack without its teardown machine: frees its security groups and subnets of the tester's network interfaces, which keep
 * CloudFormation from deleting them. Takes the function out of the VPC where it still is there, deletes what is `available`, and waits
 * for what Lambda still holds (aws-facts: lambda-deletes-interfaces-by-role). Yields a line for each thing done.
 */
export async function* clearInterfaces(context: Context, stack: Stack): AsyncGenerator<string, void> {
  const { functions, groups } = await networkOf(context, stack);
  const lambda = await context.client(LambdaClient);
  for (const FunctionName of functions) {
    if (await leaveVpc(lambda, FunctionName)) yield `${FunctionName} leaves the VPC`;
  }
  if (groups.length === 0) return;
  const ec2 = await context.client(EC2Client);
  const giveUp = Date.now() + LONGEST_WAIT_MINUTES * 60_000;
  const told = new Set<string>();
  for (;;) {
    const held: string[] = [];
    for (const { NetworkInterfaceId: id = '', Status } of await interfacesIn(ec2, groups)) {
      if (Status === 'available' && (await isDeleted(ec2, id)))
        yield `the network interface ${id} was left behind and is deleted`;
      else held.push(id);
    }
    if (held.length === 0) return;
    if (Date.now() > giveUp) {
      throw problem(
        'InterfacesLeft',
        `Lambda still holds ${held.join(', ')}, so that CloudFormation cannot delete their security group and subnets. ` +
          `Run \`${context.command('remove')}\` again later; if they are there tomorrow, AWS Support can delete them.`,
      );
    }
    if (held.some((id) => !told.has(id)))
      yield `waiting for Lambda to let go of ${held.join(', ')}: this takes up to ${LONGEST_WAIT_MINUTES} minutes, and Ctrl-C is safe`;
    for (const id of held) told.add(id);
    await wait(Number(context.parameter('waitSeconds')) * 1000);
  }
}

/** The tester, and the security groups that only it uses, as far as the stack still has them. */
async function networkOf(context: Context, stack: Stack) {
  const client = await context.client(CloudFormationClient);
  const functions: string[] = [];
  const groups: string[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack.name })) {
    for (const each of page.StackResourceSummaries ?? []) {
      const { LogicalResourceId, PhysicalResourceId: id, ResourceStatus } = each;
      if (!id || ResourceStatus === 'DELETE_COMPLETE') continue;
      if (LogicalResourceId === 'TesterLambdaFunction') functions.push(id);
      if (LogicalResourceId === 'TesterSecurityGroup') groups.push(id);
    }
  }
  return { functions, groups };
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
