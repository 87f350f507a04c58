import { createInterface } from 'node:readline';
import type { Context } from '../context';
import { problem } from '../problem';

/** How long a removal waits for a piped answer. Without one, a stage with its own endpoint is removed. */
const PIPED_ANSWER_MS = 1_000;

/**
 * Returns when the removal of `what` is confirmed; throws NotConfirmed otherwise. `--yes` confirms it. On AWS the user
 * types the stage's name, and without a terminal the removal is refused. A stage with its own endpoint has no data that
 * must be kept, so it asks no question. But a piped answer counts there, and any answer except y and yes refuses the
 * removal.
 */
export async function confirmRemoval(
  context: Context,
  what: string,
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean } = process.stdin,
): Promise<void> {
  if (context.flag('yes')) return;
  if (context.endpoint) {
    const answer = input.isTTY ? undefined : await readLine(input, PIPED_ANSWER_MS);
    if (answer === undefined || /^y(es)?$/i.test(answer.trim())) return;
    throw problem(
      'NotConfirmed',
      `Nothing was deleted: the answer was "${answer.trim()}". Answer y or yes, or add --yes, to delete ${what}.`,
    );
  }
  if (!context.terminal.interactive) {
    throw problem('NotConfirmed', `This deletes ${what}. There is no terminal to confirm it: add --yes.`);
  }
  process.stdout.write(`This deletes ${what}.\nType the stage's name (${context.stage}) to go on: `);
  const answer = await readLine(input);
  if (answer?.trim() !== context.stage) throw problem('NotConfirmed', 'Nothing was deleted.');
}

/** The next line of `input`; undefined when it ends before one, or when none has come after `waitMs`. */
function readLine(input: NodeJS.ReadableStream, waitMs?: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input, terminal: false });
    const end = (answer?: string) => {
      clearTimeout(timer);
      lines.removeAllListeners();
      lines.close();
      resolve(answer);
    };
    const timer = waitMs === undefined ? undefined : setTimeout(end, waitMs);
    lines.once('line', end);
    lines.once('close', () => end());
  });
}
