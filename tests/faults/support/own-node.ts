import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { putAhead } from './clock-ahead.cjs';

export interface OwnNode {
  /** Puts the clock of this process and of all those that run ahead by so many milliseconds; resolves when all of them have it. */
  jump(milliseconds: number): Promise<void>;
  restore(): void;
}

/**
 * Starts every Node process from now on, whatever its environment, with `temporary` for its temporary files and with a clock that can
 * jump, as that of a laptop that was asleep. What it needs is kept in `directory`, which must outlast them.
 */
export function startOwnNode(directory: string, temporary: string): OwnNode {
  const clock = join(directory, 'clock');
  const preload = join(directory, 'preload.cjs');
  const node = join(directory, 'node');
  const real = process.execPath;
  const writeOffset = (milliseconds: number) => {
    // In one step: a process may read it at any time.
    writeFileSync(`${clock}.new`, String(milliseconds));
    renameSync(`${clock}.new`, clock);
  };
  writeOffset(0);
  const program = JSON.stringify(join(__dirname, 'clock-ahead.cjs'));
  writeFileSync(preload, `require(${program}).putAhead(globalThis, ${JSON.stringify(clock)});\n`);
  const script = `#!/bin/sh\nexport TMPDIR='${temporary}'\nexec '${real}' --require '${preload}' "$@"\n`;
  writeFileSync(node, script, { mode: 0o755 });
  process.execPath = node;
  const putBack = putAhead(globalThis, clock);
  return {
    jump: async (milliseconds) => {
      writeOffset(milliseconds);
      // Longer than a process caches what it read.
      await delay(100);
    },
    restore: () => {
      putBack();
      process.execPath = real;
    },
  };
}
