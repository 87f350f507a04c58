import type { Buckets } from '../domain/buckets';
import type { Clock } from '../domain/clock';
import type { CheckResult } from '../domain/results';

/** Below the function's timeout of 900 s, so that it can still report its progress. */
const WORK_MS = 600_000;

/** Empties the buckets page by page. PENDING if objects are left when the time is up. Kept buckets are not touched. */
export async function emptyBuckets(
  { names }: { readonly names: readonly string[] },
  { buckets, clock, keep }: { readonly buckets: Buckets; readonly clock: Clock; readonly keep: boolean },
): Promise<CheckResult> {
  if (keep) return { status: 'READY', outcome: 'unchanged', detail: `kept with their contents: ${names.join(', ')}` };
  const end = clock.now().getTime() + WORK_MS;
  const removed: string[] = [];
  let total = 0;
  for (const name of names) {
    let count = 0;
    for (let page = await buckets.deletePage(name); page > 0; page = await buckets.deletePage(name)) {
      count += page;
      if (clock.now().getTime() > end)
        return { status: 'PENDING', outcome: 'pending', detail: `${name}: ${count} gone, more to go` };
    }
    total += count;
    removed.push(`${name}: ${count}`);
  }
  return {
    status: 'READY',
    outcome: total > 0 ? 'removed' : 'unchanged',
    detail: `objects and versions deleted: ${removed.join(', ')}`,
  };
}
