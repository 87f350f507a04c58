/** The content of the lock object, which is written conditionally (aws-facts: s3-conditional-writes). */
export interface Lock {
  readonly execution: string;
  readonly takenAt: string;
}

export function writeLock(lock: Lock): string {
  return JSON.stringify(lock);
}

/** Undefined if the object holds no valid lock (a broken write). Then it may be taken over. */
export function readLock(text: string): Lock | undefined {
  try {
    const lock = JSON.parse(text) as Partial<Lock>;
    return typeof lock.execution === 'string' ? { execution: lock.execution, takenAt: lock.takenAt ?? '' } : undefined;
  } catch {
    return undefined;
  }
}
