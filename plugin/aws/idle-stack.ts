import type { Context } from '../context';
import { problem } from '../problem';

/**
 * Throws a Problem when another deploy or removal of the stack is in progress. CloudFormation refuses this too, but its
 * message names neither the operation nor a remedy.
 */
export async function assertStackIdle(context: Context): Promise<void> {
  const stack = await context.findStack();
  // A stack in review was never created.
  if (!stack?.status.endsWith('_IN_PROGRESS') || stack.status === 'REVIEW_IN_PROGRESS') return;
  const what = stack.status.startsWith('DELETE_') ? 'its removal' : 'another deploy of it';
  throw problem(
    'StackBusy',
    `The stack ${stack.name} is in ${stack.status}: ${what} is under way. Wait until that has ended, then run \`${context.command('deploy')}\` again.`,
  );
}
