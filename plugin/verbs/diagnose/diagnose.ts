import type { Stack } from '../../aws/stack';
import type { Context } from '../../context';
import { exitCodes, exitWith } from '../../exit-codes';
import { errorMessage, errorName, problem } from '../../problem';
import { credentials, region, workspaceRoom } from './account';
import { type Finding, note } from './finding';
import { images } from './images';
import { logInRoom } from './log-in';
import { type Needs, needsOf } from './needs';
import { elasticIps, fargateVcpu, vpcRoom } from './quotas';
import { stackDrift } from './stack-drift';
import { lastSetup, logErrors, services, stackState, workspaceAccess } from './stack-health';
import { zones } from './zones';

/**
 * `sls diagnose`: finds what would stop a deploy, or what is wrong with a deployed stack. Every finding has its
 * evidence, every problem its remedy. Exit code 7 when there is a problem.
 */
export async function diagnose(context: Context): Promise<void> {
  const findings = await lookAround(context);
  const { terminal } = context;
  const problems = findings.filter(({ verdict }) => verdict === 'problem').length;
  if (context.flag('json')) {
    terminal.line(JSON.stringify(findings, undefined, 2));
    // The framework writes an error to stdout too, where it would follow the JSON.
    if (problems > 0) exitWith(exitCodes.findings);
    return;
  }
  for (const finding of findings) for (const line of findingLines(finding, context)) terminal.line(line);
  if (problems > 0)
    throw problem('Findings', `${problems} ${problems === 1 ? 'problem' : 'problems'} must be repaired.`, {
      exit: 'findings',
    });
}

export async function lookAround(context: Context): Promise<readonly Finding[]> {
  const identity = await credentials(context);
  if (identity.verdict === 'problem') return [identity];
  const stack = await context.findStack();
  const looks = [
    ...(stack ? afterDeploy(context, stack) : []),
    ...(!stack || isNothingLeft(stack) ? beforeDeploy(context) : []),
  ];
  const found = await Promise.all(looks.map(([about, look]) => guarded(about, look)));
  return [identity, ...found.flat()];
}

type Look = readonly [about: string, look: () => Promise<Finding | readonly Finding[]>];

function beforeDeploy(context: Context): readonly Look[] {
  const needs = (): Needs => needsOf(context.template());
  const makesVpc = context.parameter('vpcId') === '';
  return [
    ['region', () => region(context)],
    ['workspace', () => workspaceRoom(context, context.parameter('grafanaVersion'))],
    ['log-in', async () => logInRoom(context)],
    ['zones', () => zones(context)],
    ...(makesVpc ? [['VPC quota', () => vpcRoom(context)] as const] : []),
    ...(makesVpc ? [['Elastic IP quota', () => elasticIps(context, needs())] as const] : []),
    ['Fargate vCPU quota', () => fargateVcpu(context, needs())],
    ['images', () => images(context, needs())],
  ];
}

/** States in which the next deploy creates all resources, so that the checks of a first deploy apply. */
const isNothingLeft = ({ status }: Stack): boolean =>
  /^(?:ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED)$/.test(status);

function afterDeploy(context: Context, stack: Stack): readonly Look[] {
  const logGroup = (container: string): string => `/ecs/${stack.name}/${container}`;
  return [
    ['stack', () => stackState(context, stack)],
    ['services', () => services(context, stack)],
    ['hand-made changes', () => stackDrift(context, stack)],
    ['setup', () => lastSetup(context, stack)],
    ['workspace', () => workspaceAccess(context, stack)],
    [
      'metrics',
      () =>
        logErrors(
          context,
          'metrics on their way to AMP',
          logGroup('prometheus'),
          // The agent's log lines for dropped and retried samples. Failed scrapes, usual while tasks start, are not
          // matched.
          '?"level=ERROR" ?"level=error" ?"Failed to send batch" ?"remote write"',
          'A 403 is the role or the region of the remote write; "no such host" and time-outs are the way out of the VPC. See "No metrics" in docs/troubleshooting.md.',
        ),
    ],
    [
      'gateway',
      () =>
        logErrors(
          context,
          'telemetry in the gateway',
          logGroup('gateway'),
          // What the Collector logs for data that it drops or refuses. Retries, usual while a store restarts, are not matched.
          '?"Dropping data" ?"sending queue is full"',
          'The line names the exporter and the answer of its store. See "No traces, no logs" in docs/troubleshooting.md.',
        ),
    ],
    [
      'tester',
      () =>
        logErrors(
          context,
          'tester',
          `/aws/lambda/${stack.name}-tester`,
          'TesterCallsFailed',
          `The line names the call and its trace. Try it: \`${context.command('invoke -f tester')}\`.`,
        ),
    ],
  ];
}

/** A check that throws becomes a note, so that the other findings are shown. */
async function guarded(about: string, look: Look[1]): Promise<readonly Finding[]> {
  try {
    const found = await look();
    return Array.isArray(found) ? found : [found as Finding];
  } catch (error) {
    return [note(about, `could not be checked: ${errorName(error)}, ${errorMessage(error)}`)];
  }
}

function findingLines({ about, verdict, found, remedy }: Finding, { terminal }: Context): readonly string[] {
  const marks = {
    good: terminal.style('green', '✔'),
    note: terminal.style('cyan', 'i'),
    problem: terminal.style('red', '✖'),
  };
  const line = `${marks[verdict]} ${about}: ${found}`;
  return remedy ? [line, `    ${terminal.style('dim', '→')} ${remedy}`] : [line];
}
