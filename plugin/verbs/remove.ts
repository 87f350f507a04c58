import { startExecution } from '../aws/executions';
import { assertAsDeployed, type Kept, readKept } from '../aws/kept';
import { clearLeftovers } from '../aws/leftovers';
import { clearInterfaces } from '../aws/network-leftovers';
import type { Context } from '../context';
import { exitCodes } from '../exit-codes';
import { problem } from '../problem';
import { watchMachine } from '../watch/run-machine';
import { confirmRemoval } from './remove-confirmation';

/**
 * Before `sls remove` deletes the stack: asks, then runs the teardown machine, which deletes what CloudFormation
 * cannot. When the stack has no machine, because its deployment failed before that or its deletion failed half-way, the
 * plugin does this itself. Returns what stays after the stack's deletion, undefined when there is no stack.
 */
export async function tearDown(context: Context): Promise<Kept | undefined> {
  const stack = await context.findStack();
  if (!stack) {
    context.terminal.line(`There is no stack ${context.stackName}: nothing to remove.`);
    return undefined;
  }
  const kept = await readKept(context, stack);
  assertAsDeployed(context, stack, kept);
  await confirmRemoval(
    context,
    kept.keepsData
      ? `the Grafana workspace of ${stack.name} (what users made in it is exported first; buckets and metrics are kept)`
      : `the Grafana workspace of ${stack.name}, all its buckets (data, logs, traces, reports) and its metrics`,
  );
  const machineArn = stack.outputs['TeardownStateMachineArn'];
  // After a failed deletion the functions or the machine may be gone; the teardown has run before it.
  const isHalfDeleted = stack.status === 'DELETE_FAILED';
  if (!machineArn || isHalfDeleted) {
    context.terminal.line(
      isHalfDeleted
        ? `The deletion of the stack has failed before (${stack.status}): what is left in its way is cleared without its machine.`
        : `The stack (${stack.status}) has no teardown machine: its deployment did not get that far.`,
    );
    for await (const line of clearLeftovers(context, stack, kept)) context.terminal.line(`✔ ${line}`);
    for await (const line of clearInterfaces(context, stack)) context.terminal.line(`✔ ${line}`);
    return kept;
  }
  context.terminal.line(context.terminal.style('bold', `Tearing down ${stack.name}`));
  if (!context.endpoint)
    context.terminal.note(
      'This can take 20 to 45 minutes: Lambda deletes the tester’s network interfaces long after their last use, and the VPC cannot be deleted before.',
    );
  const executionArn = await startExecution(await context.stepFunctions(), machineArn, {});
  const conclusion = await watchMachine(context, 'teardown', executionArn);
  if (conclusion.exported !== undefined)
    context.terminal.line(
      `  Exported    ${conclusion.exported}: what users made in the workspace; docs/operations.md brings it back`,
    );
  if (conclusion.outcome === 'succeeded') return kept;
  throw problem(
    'TeardownFailed',
    `The teardown did not end well, so the stack was left as it is. Mend what it says above and run \`${context.command('remove')}\` again.`,
    { exit: exitName(conclusion.exitCode) },
  );
}

/** What stays after the stack is deleted, and still costs money. */
export function remains({ resources }: Kept): readonly string[] {
  const shared =
    'The service-linked roles of ECS, Application Auto Scaling and Grafana stay (they are the account’s, and free).';
  if (resources.length === 0) return [shared];
  const names: Readonly<Record<string, string>> = {
    'AWS::S3::Bucket': 'bucket',
    'AWS::APS::Workspace': 'AMP workspace',
  };
  return [
    'Kept, because the stack was deployed with keepData=true; each is billed for what it holds until you delete it (docs/cost.md):',
    ...resources.map(({ type, physicalId }) => `  ${names[type] ?? type} ${physicalId}`),
    shared,
  ];
}

function exitName(code: number): keyof typeof exitCodes {
  return code === exitCodes.executionStopped ? 'executionStopped' : 'executionFailed';
}
