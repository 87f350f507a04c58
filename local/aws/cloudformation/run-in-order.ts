export interface OrderedRun {
  /** In the order in which they failed. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Not started, because a dependency failed or the run was stopped. */
  readonly notBegun: readonly string[];
}

/**
 * Runs an action for every node after those of its dependencies; independent nodes run concurrently.
 * After a failure, `'stop'` starts no further node; `'continue'` skips only the nodes that depend on the failed one.
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

/** The reversed graph, for deletion: each node depends on its former dependents. */
export function reversed(waitsFor: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, ReadonlySet<string>> {
  const result = new Map([...waitsFor.keys()].map((name) => [name, new Set<string>()]));
  for (const [name, others] of waitsFor) for (const other of others) result.get(other)?.add(name);
  return result;
}
