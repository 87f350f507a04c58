export interface OrderedRun {
  /** In the order in which they failed. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Never begun, because something that they wait for failed or the run was given up. */
  readonly notBegun: readonly string[];
}

/**
 * Runs an action for every node once all that it waits for is done; independent ones run side by side.
 * After a failure `onFailure: 'stop'` begins nothing more; `'continue'` leaves out only what waits for the failed one.
 */
export async function runInOrder(
  waitsFor: ReadonlyMap<string, ReadonlySet<string>>,
  onFailure: 'stop' | 'continue',
  action: (name: string) => Promise<void>,
): Promise<OrderedRun> {
  const waiting = new Set(waitsFor.keys());
  const done = new Set<string>();
  const failed = new Map<string, unknown>();
  const running = new Map<string, Promise<void>>();
  const begin = (name: string) => {
    waiting.delete(name);
    const finished = action(name)
      .then(
        () => void done.add(name),
        (error: unknown) => void failed.set(name, error),
      )
      .then(() => void running.delete(name));
    running.set(name, finished);
  };
  const ready = (name: string) =>
    [...(waitsFor.get(name) ?? [])].every((other) => done.has(other) || !waitsFor.has(other));
  for (;;) {
    if (failed.size === 0 || onFailure === 'continue') for (const name of [...waiting].filter(ready)) begin(name);
    if (running.size === 0) return { failed, notBegun: [...waiting] };
    await Promise.race(running.values());
  }
}

/** The same graph for taking things away: each waits for those that needed it. */
export function reversed(waitsFor: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map([...waitsFor.keys()].map((name) => [name, new Set<string>()]));
  for (const [name, others] of waitsFor) for (const other of others) result.get(other)?.add(name);
  return result;
}
