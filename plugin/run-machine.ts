import { type Conclusion, conclude, conclusionLine } from './conclusion';
import type { Context } from './context';
import { readTimeline } from './executions';
import { exitCodes, exitWith } from './exit-codes';
import { problem } from './problem';
import { watch } from './watch';

/**
 * Shows an execution until it ends and prints its last line. Ctrl-C ends the watching, not the execution, and prints the
 * command that goes on; so does losing sight of it.
 */
export async function watchMachine(
  context: Context,
  machine: Conclusion['machine'],
  executionArn: string,
): Promise<Conclusion> {
  const { terminal } = context;
  const resume = context.command(`setup --watch ${executionArn}`);
  const client = await context.stepFunctions();
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal);
  try {
    const timeline = await watch(() => readTimeline(client, executionArn), terminal, {
      signal: interrupt.signal,
      intervalMs: context.endpoint ? 250 : 1500,
    });
    if (!timeline) return interrupted(context, machine, resume);
    const conclusion = conclude(machine, timeline);
    const colour = conclusion.outcome === 'succeeded' ? 'green' : 'red';
    terminal.line();
    terminal.line(terminal.style(colour, conclusionLine(conclusion)));
    return conclusion;
  } catch (error) {
    if (error instanceof Error && error.name === 'LostSight') {
      throw problem('LostSight', `${error.message} The ${machine} goes on. Follow it again with \`${resume}\`.`, {
        exit: 'lostSight',
        cause: error,
      });
    }
    throw error;
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

function interrupted(context: Context, machine: string, resume: string): never {
  context.terminal.live([]);
  context.terminal.line();
  context.terminal.line(`Stopped watching. The ${machine} goes on; follow it again with`);
  context.terminal.line(`  ${resume}`);
  exitWith(exitCodes.interrupted);
  process.exit(exitCodes.interrupted);
}
