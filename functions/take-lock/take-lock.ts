import type { AuditStore } from '../domain/audit';
import type { Clock } from '../domain/clock';
import { SetupAlreadyRunning } from '../domain/errors';
import type { Executions } from '../domain/executions';
import { readLock, writeLock } from '../domain/lock';
import { executionName, LOCK_KEY } from '../domain/naming';
import type { StepResult } from '../domain/results';

export type Mode = 'apply' | 'verify' | 'drill';

export interface LockTaken extends StepResult {
  readonly mode: Mode;
  /** True if the run must change neither content nor infrastructure. */
  readonly verifyOnly: boolean;
}

/**
 * Takes the lock for `execution` with a conditional write. A lock that the execution holds already is kept (a retried
 * task); the lock of an ended execution is taken over. Throws SetupAlreadyRunning while another execution runs.
 */
export async function takeLock(
  { execution, mode }: { readonly execution: string; readonly mode: Mode },
  { audit, executions, clock }: { readonly audit: AuditStore; readonly executions: Executions; readonly clock: Clock },
): Promise<LockTaken> {
  const lock = writeLock({ execution, takenAt: clock.now().toISOString() });
  const taken = (detail: string): LockTaken => ({ outcome: 'done', detail, mode, verifyOnly: mode === 'verify' });

  const present = await audit.read(LOCK_KEY);
  if (!present) {
    if (await audit.writeIf(LOCK_KEY, lock, 'new')) return taken(`owner is ${executionName(execution)}`);
    if (await isOwn(execution, audit)) return taken(`owner is ${executionName(execution)}`);
    throw new SetupAlreadyRunning('one that took it just now');
  }
  const owner = readLock(present.text)?.execution;
  if (owner === execution) return taken(`owner is ${executionName(execution)} already`);
  if (owner !== undefined && (await executions.describe(owner))?.status === 'RUNNING')
    throw new SetupAlreadyRunning(owner);
  if ((await audit.writeIf(LOCK_KEY, lock, { etag: present.etag })) || (await isOwn(execution, audit))) {
    return taken(`taken over from ${owner === undefined ? 'a broken lock' : executionName(owner)}, which has ended`);
  }
  throw new SetupAlreadyRunning('one that took it just now');
}

/**
 * If the response to a conditional write is lost, the SDK retries it, and S3 refuses the retry because the lock exists.
 */
async function isOwn(execution: string, audit: AuditStore): Promise<boolean> {
  const present = await audit.read(LOCK_KEY);
  return present !== undefined && readLock(present.text)?.execution === execution;
}
