import { createInterface } from 'node:readline/promises';
import type { Context } from './context';
import { startExecution } from './executions';
import { exitCodes } from './exit-codes';
import { clearLeftovers } from './leftovers';
import { problem } from './problem';
import { watchMachine } from './run-machine';
import type { Stack } from './stack';

/**
 * Before `sls remove` deletes the stack: asks, then runs the teardown machine, which deletes what CloudFormation cannot.
 * For a stack whose deployment never got as far as the machine, the plugin does that itself.
 */
export async function tearDown(context: Context): Promise<'torn down' | 'nothing to remove'> {
  const stack = await context.findStack();
  if (!stack) {
    context.terminal.line(`There is no stack ${context.stackName}: nothing to remove.`);
    return 'nothing to remove';
  }
  await confirm(context, stack);
  const machineArn = stack.outputs['TeardownStateMachineArn'];
  if (!machineArn) {
    context.terminal.line(`The stack (${stack.status}) has no teardown machine: its deployment did not get that far.`);
    for await (const line of clearLeftovers(context, stack, keepsData(context))) context.terminal.line(`✔ ${line}`);
    return 'torn down';
  }
  context.terminal.line(context.terminal.style('bold', `Tearing down ${stack.name}`));
  const executionArn = await startExecution(await context.stepFunctions(), machineArn, {});
  const conclusion = await watchMachine(context, 'teardown', executionArn);
  if (conclusion.outcome === 'succeeded') return 'torn down';
  throw problem(
    'TeardownFailed',
    `The teardown did not end well, so the stack was left as it is. Mend what it says above and run \`${context.command('remove')}\` again.`,
    { exit: exitName(conclusion.exitCode) },
  );
}

/** What is left and still costs money after the stack is gone. */
export function remains(context: Context, keepsData: boolean): readonly string[] {
  const shared =
    'The service-linked roles of ECS, Application Auto Scaling and Grafana stay (they are the account’s, and free).';
  if (!keepsData) return [shared];
  return [
    `Kept, because keepData is true at stage ${context.stage}: the buckets (data, logs, traces, audit) and the AMP workspace. They are billed for what they hold until you delete them.`,
    shared,
  ];
}

async function confirm(context: Context, stack: Stack): Promise<void> {
  const { terminal } = context;
  // Nothing of a stage with its own endpoint is anybody's data.
  if (context.endpoint || context.flag('yes')) return;
  const what = keepsData(context)
    ? `the Grafana workspace of ${stack.name} with everything in it (buckets and metrics are kept)`
    : `the Grafana workspace of ${stack.name}, all its buckets (data, logs, traces, reports) and its metrics`;
  if (!terminal.interactive) {
    throw problem('NotConfirmed', `This deletes ${what}. Nobody can be asked here: add --yes to do it.`);
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question(`This deletes ${what}.\nType the stage's name (${context.stage}) to go on: `);
    if (answer.trim() !== context.stage) throw problem('NotConfirmed', 'Nothing was deleted.');
  } finally {
    prompt.close();
  }
}

export function keepsData(context: Context): boolean {
  return context.parameter('keepData') !== 'false';
}

function exitName(code: number): keyof typeof exitCodes {
  return code === exitCodes.executionStopped ? 'executionStopped' : 'executionFailed';
}
