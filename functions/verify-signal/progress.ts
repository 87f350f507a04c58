import type { AuditStore } from '../domain/audit';
import type { Waiting } from '../domain/checks/check';
import type { Clock } from '../domain/clock';

/** Milliseconds between two writes. Short enough to show a wait; a check that passes at once writes nothing. */
const EVERY_MS = 2_000;

/**
 * Writes which checks of a group still wait, for the terminal and the page, because an execution's history has no event
 * while a function runs. A failed write is ignored: it must not fail the checks.
 */
export function progressWriter(key: string, audit: AuditStore, clock: Clock) {
  const waiting = new Map<string, Waiting>();
  let writtenAt = clock.now().getTime();
  let hasWritten = false;
  let writing = Promise.resolve();
  const write = (): void => {
    writtenAt = clock.now().getTime();
    hasWritten = true;
    const text = JSON.stringify([...waiting.values()].map((one) => ({ ...one, what: one.what.slice(0, 300) })));
    writing = writing.then(() => audit.write(key, text, 'application/json')).catch(() => undefined);
  };
  return {
    say(one: Waiting): void {
      waiting.set(one.name, one);
      if (clock.now().getTime() - writtenAt >= EVERY_MS) write();
    },
    done(name: string): void {
      waiting.delete(name);
    },
    /** Leaves an empty list behind, if anything was written. */
    async end(): Promise<void> {
      waiting.clear();
      if (hasWritten) write();
      await writing;
    },
  };
}
