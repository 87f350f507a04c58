import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { putAhead } from './clock-ahead.cjs';

export interface OwnNode {
  /**
   * Moves the clock of this process and of all started ones ahead by this many milliseconds. Resolves when all use it.
   */
  jump(milliseconds: number): Promise<void>;
  restore(): void;
}

/**
 * From now on every Node process, whatever its environment, uses `temporary` for temporary files and has a clock that
 * can jump, like that of a laptop after sleep. Its files are in `directory`, which must outlast the processes.
 */
export function startOwnNode(directory: string, temporary: string): OwnNode {
  const clock = join(directory, 'clock');
  const preload = join(directory, 'preload.cjs');
  const node = join(directory, 'node');
  const real = process.execPath;
  const writeOffset = (milliseconds: number) => {
    // Atomic, because a process may read the file at any time.
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
      // Longer than a process caches the value.
      await delay(100);
    },
    restore: () => {
      putBack();
      process.execPath = real;
    },
  };
}
