import { stepsOf } from '../../report';
import { type ExecutionSummary, endOf, lastExecution, readTimeline } from '../aws/executions';
import { type Login, loginLines, readLogin } from '../aws/login';
import type { Stack } from '../aws/stack';
import { findWorkspace, type Workspace } from '../aws/workspace';
import type { Context } from '../context';
import { type Conclusion, conclude, reportLocation } from '../watch/conclusion';
import { reportAddress } from '../watch/report-address';

export interface Info {
  readonly stack: Stack;
  readonly workspace?: Workspace;
  /** Missing without a workspace, or if AMG's answer cannot be read. */
  readonly login?: Login;
  readonly lastSetup?: ExecutionSummary & { readonly conclusion?: Conclusion; readonly report?: string };
}

/** What `sls info` adds to the framework's own: the workspace and the last setup's result. */
export async function gatherInfo(context: Context): Promise<Info> {
  const stack = await context.stack();
  const client = await context.stepFunctions();
  const machineArn = stack.outputs['SetupStateMachineArn'];
  const grafana = await context.grafana();
  const [workspace, last] = await Promise.all([
    findWorkspace(grafana, stack),
    machineArn ? lastExecution(client, machineArn) : undefined,
  ]);
  // The user may have fewer rights than a deploy needs, and a workspace that is not ACTIVE does not answer.
  const login = workspace && (await readLogin(grafana, workspace).catch(() => undefined));
  const found = { stack, ...(workspace && { workspace }), ...(login && { login }) };
  if (!last) return found;
  const timeline = await readTimeline(client, last.arn);
  const report = reportLocation(stepsOf(timeline), timeline.failure?.message);
  const conclusion = timeline.outcome === 'running' ? undefined : conclude('setup', timeline);
  return {
    ...found,
    lastSetup: { ...last, ...(conclusion && { conclusion }), ...(report !== undefined && { report }) },
  };
}

export async function info(context: Context): Promise<void> {
  const { terminal } = context;
  const found = await gatherInfo(context);
  if (context.flag('json')) return terminal.line(JSON.stringify(found, undefined, 2));
  // To the framework's own lines, below its service, stage and region.
  for (const [name, value] of infoLines(found, context)) context.serverless.serviceOutputs?.set(name, value);
}

export function infoLines(
  { stack, workspace, login, lastSetup }: Info,
  context: Pick<Context, 'command' | 'endpoint' | 'region'>,
): readonly (readonly [string, string])[] {
  const lines: [string, string][] = [
    ['stack', `${stack.name} (${stack.status})`],
    ['service URL', stack.outputs['ServiceUrl'] ?? 'not deployed'],
  ];
  if (stack.outputs['PublicUrl']) lines.push(['public URL', stack.outputs['PublicUrl']]);
  lines.push(
    workspace
      ? ['grafana', `${workspace.url} (Grafana ${workspace.version}, ${workspace.status}, ${workspace.id})`]
      : ['grafana', `no workspace yet; \`${context.command('setup')}\` makes it`],
  );
  if (login) lines.push(...loginLines(login, context).map(([name, value]): [string, string] => [name, value]));
  if (!lastSetup) lines.push(['last setup', `never ran; \`${context.command('setup')}\` runs it`]);
  else {
    const cause = lastSetup.conclusion?.cause
      ? `: ${lastSetup.conclusion.failedStep ?? ''} ${lastSetup.conclusion.cause}`
      : '';
    const kind = lastSetup.conclusion?.mode === 'verify' ? ' (a verification)' : '';
    lines.push(['last setup', `${endOf(lastSetup)}${kind}${cause}`]);
    if (lastSetup.report) lines.push(['report', reportAddress(context, 'setup', lastSetup.report)]);
  }
  return lines;
}
