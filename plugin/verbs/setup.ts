import { machineOf, startExecution } from '../aws/executions';
import { type Login, loginLines, readLogin } from '../aws/login';
import { output, type Stack } from '../aws/stack';
import { findWorkspace } from '../aws/workspace';
import type { Context } from '../context';
import { exitWith } from '../exit-codes';
import { type Conclusion, conclude } from '../watch/conclusion';
import { wrap } from '../watch/fit';
import { reportAddress } from '../watch/report-address';
import { followQuietly, watchMachine } from '../watch/run-machine';

export type SetupMode = 'apply' | 'verify' | 'drill';

/** `sls setup`: starts the setup machine, or joins an execution, and shows it to its end. */
export async function setup(context: Context): Promise<void> {
  const stack = await context.stack();
  const client = await context.stepFunctions();
  const joined = context.option('watch');
  const machineArn = joined
    ? await machineOf(client, joined)
    : output(stack, 'SetupStateMachineArn', context.command('deploy'));
  const executionArn = joined ?? (await startExecution(client, machineArn, { mode: chosenMode(context) }));
  if (context.flag('detach')) return announce(context, executionArn);
  const machine = machineArn === stack.outputs['TeardownStateMachineArn'] ? 'teardown' : 'setup';
  await finish(context, stack, machine, executionArn);
}

/** The setup after `sls deploy`, with a headline, according to the options of the deploy. */
export async function setupAfterDeploy(context: Context): Promise<void> {
  if (!context.flag('setup', true)) {
    context.terminal.line(`The setup was left out (--no-setup). Run it with \`${context.command('setup')}\`.`);
    return;
  }
  const stack = await context.stack();
  const client = await context.stepFunctions();
  const machineArn = output(stack, 'SetupStateMachineArn', context.command('deploy'));
  const executionArn = await startExecution(client, machineArn, { mode: 'apply' });
  if (!context.flag('watch', true)) return announce(context, executionArn);
  context.terminal.line();
  context.terminal.line(
    context.terminal.style('bold', `Setting up ${stack.outputs['GrafanaWorkspaceName'] ?? stack.name}`),
  );
  if (await finish(context, stack, 'setup', executionArn)) return;
  withoutDeployTick(context);
  context.terminal.line(
    `✖ The stack is deployed, and its setup did not succeed. Mend what it says above and run \`${context.command('setup')}\`; another deploy is needed only for a change of the code or the parameters.`,
  );
}

/** The framework's last line of a deploy is "✔ Service deployed", which would read as if all were well. */
function withoutDeployTick({ serverless }: Context): void {
  const { hooks } = serverless.pluginManager;
  hooks['finalize'] = hooks['finalize']?.filter(({ pluginName }) => pluginName !== 'AwsDeploy') ?? [];
}

/** Whether the execution succeeded. */
async function finish(
  context: Context,
  stack: Stack,
  machine: Conclusion['machine'],
  executionArn: string,
): Promise<boolean> {
  const { terminal } = context;
  if (context.flag('json')) {
    const quiet = conclude(machine, await followQuietly(context, machine, executionArn));
    terminal.line(
      JSON.stringify({ execution: executionArn, ...quiet, ...(await addresses(context, stack)) }, undefined, 2),
    );
    if (quiet.exitCode !== 0) exitWith(quiet.exitCode);
    return quiet.exitCode === 0;
  }
  const conclusion = await watchMachine(context, machine, executionArn);
  const { grafanaUrl, login, serviceUrl } = await addresses(context, stack);
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['Grafana', grafanaUrl],
    ...(login ? loginLines(login, context).map(([name, value]) => [capitalized(name), value] as const) : []),
    ['Service', serviceUrl],
    ['Report', conclusion.report && reportAddress(context, machine, conclusion.report)],
  ];
  const width = Math.max(8, ...lines.map(([name]) => name.length));
  for (const [name, value = ''] of lines)
    for (const [index, part] of fitting(value, terminal.columns, width + 3).entries())
      terminal.line(`  ${(index === 0 ? name : '').padEnd(width)} ${terminal.style('cyan', part)}`);
  if (conclusion.exitCode !== 0) {
    terminal.line(
      `  ${'Next'.padEnd(width)} \`${context.command('report')}\` shows every step; \`${context.command('diagnose')}\` looks for the cause.`,
    );
    exitWith(conclusion.exitCode);
  }
  return conclusion.exitCode === 0;
}

async function addresses(
  context: Context,
  stack: Stack,
): Promise<{ grafanaUrl?: string; login?: Login; serviceUrl?: string }> {
  const grafana = await context.grafana();
  const workspace = await findWorkspace(grafana, stack).catch(() => undefined);
  const login = workspace && (await readLogin(grafana, workspace).catch(() => undefined));
  const serviceUrl = stack.outputs['PublicUrl'] ?? stack.outputs['ServiceUrl'];
  return {
    ...(workspace?.url && { grafanaUrl: workspace.url }),
    ...(login && { login }),
    ...(serviceUrl && { serviceUrl }),
  };
}

/** A sentence is broken to the terminal's width; an address is not, as it has to be copied. */
function fitting(value: string, columns: number | undefined, indent: number): readonly string[] {
  if (value === '') return [];
  return columns === undefined || !value.includes(' ') ? [value] : wrap(value, columns - indent);
}

function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function announce(context: Context, executionArn: string): void {
  if (context.flag('json')) context.terminal.line(JSON.stringify({ execution: executionArn, outcome: 'running' }));
  else
    context.terminal.line(
      `The setup is under way. Follow it with \`${context.command(`setup --watch ${executionArn}`)}\`.`,
    );
}

function chosenMode(context: Context): SetupMode {
  return context.flag('verify') ? 'verify' : context.flag('drill') ? 'drill' : 'apply';
}
