import type { Buckets } from '../domain/buckets';
import type { Clock } from '../domain/clock';
import { ObjectNotDeleted, StepError } from '../domain/errors';
import type { CheckResult } from '../domain/results';
import { isRetriedBy } from '../domain/retried';
import { readThrown } from '../domain/thrown';

/** Below the function's timeout of 900 s, so that it can still report its progress. */
const WORK_MS = 600_000;

/**
 * Empties the buckets page by page. PENDING if objects are left when the time is up. Kept buckets are not touched.
 * Throws ObjectNotDeleted, which names the bucket or object and the way out, unless the state machine retries the
 * error.
 */
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
    for (let page = await deletePage(name, buckets); page > 0; page = await deletePage(name, buckets)) {
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

async function deletePage(name: string, buckets: Buckets): Promise<number> {
  try {
    return await buckets.deletePage(name);
  } catch (error) {
    if (error instanceof StepError || isRetriedBy('teardown', error)) throw error;
    const thrown = readThrown(error);
    throw new ObjectNotDeleted(`What is in the bucket ${name}`, `${thrown.name}: ${thrown.message}`, error);
  }
}
