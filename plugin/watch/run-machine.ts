import type { Timeline, Waiting } from '../../report';
import { readTimeline } from '../aws/executions';
import { readWaiting } from '../aws/waiting';
import type { Context } from '../context';
import { exitCodes, exitWith } from '../exit-codes';
import { problem } from '../problem';
import { type Conclusion, conclude, conclusionLine, furtherLines } from './conclusion';
import { hanging } from './fit';
import { type FollowOptions, follow } from './follow';
import { watch } from './watch';

/**
 * Shows an execution until it ends and prints the result. Ctrl-C and a lost connection end the watching, not the
 * execution, and print the command to resume it.
 */
export async function watchMachine(
  context: Context,
  machine: Conclusion['machine'],
  executionArn: string,
): Promise<Conclusion> {
  const { terminal } = context;
  const client = await context.stepFunctions();
  const bucket = (await context.findStack())?.outputs['AuditBucketName'];
  const s3 = await context.s3();
  const waiting = async (): Promise<readonly Waiting[]> => (bucket ? readWaiting(s3, bucket, executionArn) : []);
  const onInterrupt = (): never => interrupted(context, machine, executionArn);
  process.once('SIGINT', onInterrupt);
  try {
    const timeline = await explained(context, machine, executionArn, () =>
      watch(() => readTimeline(client, executionArn), terminal, { ...pace(context), waiting }),
    );
    const conclusion = conclude(machine, timeline);
    terminal.line();
    const colour = conclusion.outcome === 'succeeded' ? 'green' : 'red';
    for (const line of hanging(
      [conclusionLine(conclusion), ...furtherLines(conclusion)].join('\n'),
      terminal.columns,
      0,
    ))
      terminal.line(terminal.style(colour, line));
    return conclusion;
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

/** The same without a line: for `--json`, and where only the end counts. */
export async function followQuietly(
  context: Context,
  machine: Conclusion['machine'],
  executionArn: string,
): Promise<Timeline> {
  const client = await context.stepFunctions();
  return explained(context, machine, executionArn, async () => {
    let last: Timeline | undefined;
    for await (const timeline of follow(() => readTimeline(client, executionArn), {
      ...pace(context),
      onLost: () => {},
    }))
      last = timeline;
    if (!last) throw new TypeError('an execution has a timeline');
    return last;
  });
}

/** GetExecutionHistory has a quota for the whole account, but not at a stage's own endpoint. */
function pace({ endpoint }: Context): Pick<FollowOptions, 'intervalMs' | 'patienceMs'> {
  return { intervalMs: endpoint ? 250 : 1500, patienceMs: endpoint ? 10_000 : 60_000 };
}

/** Adds to the error LostSight that the execution continues, and how to follow it again. */
async function explained(
  context: Context,
  machine: string,
  executionArn: string,
  look: () => Promise<Timeline>,
): Promise<Timeline> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'LostSight') throw error;
    const message = `${error.message} The ${machine} goes on. Follow it again with \`${resume(context, executionArn)}\`.`;
    throw problem('LostSight', message, { exit: 'lostSight', cause: error });
  }
}

function interrupted(context: Context, machine: string, executionArn: string): never {
  context.terminal.live([]);
  context.terminal.line();
  context.terminal.line(`Stopped watching. The ${machine} goes on; follow it again with`);
  context.terminal.line(`  ${resume(context, executionArn)}`);
  exitWith(exitCodes.interrupted);
  process.exit(exitCodes.interrupted);
}

function resume(context: Context, executionArn: string): string {
  return context.command(`setup --watch ${executionArn}`);
}
