import type { Context } from '../context';
import { problem } from '../problem';

/**
 * Before CloudFormation is asked to change the stack: throws a Problem when it is in the middle of a change that somebody else asked for.
 * CloudFormation would refuse, too, but says neither who is at work nor what to do.
 */
export async function assertStackIdle(context: Context): Promise<void> {
  const stack = await context.findStack();
  // A stack in review is one that was never made.
  if (!stack?.status.endsWith('_IN_PROGRESS') || stack.status === 'REVIEW_IN_PROGRESS') return;
  const what = stack.status.startsWith('DELETE_') ? 'its removal' : 'another deploy of it';
  throw problem(
    'StackBusy',
    `The stack ${stack.name} is in ${stack.status}: ${what} is under way. Wait until that has ended, then run \`${context.command('deploy')}\` again.`,
  );
}
