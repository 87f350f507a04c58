/** What the lock's object holds. It is written conditionally (aws-facts: s3-conditional-writes). */
export interface Lock {
  readonly execution: string;
  readonly takenAt: string;
}

export function writeLock(lock: Lock): string {
  return JSON.stringify(lock);
}

/** Undefined when the object holds no lock (a broken write): it may then be taken over. */
export function readLock(text: string): Lock | undefined {
  try {
    const lock = JSON.parse(text) as Partial<Lock>;
    return typeof lock.execution === 'string' ? { execution: lock.execution, takenAt: lock.takenAt ?? '' } : undefined;
  } catch {
    return undefined;
  }
}
