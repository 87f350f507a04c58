import { appendFileSync } from 'node:fs';
import type { ExpectedFault } from '../expected/fault';
import { notSurvived } from '../not-survived';

/** A line of the results file, which the reporter reads. */
export interface Tried {
  readonly id: string;
  readonly survived: boolean;
  readonly seen: string;
  /** A measured figure for the table. */
  readonly note?: string;
}

/** The unexpected results; empty when the fault was survived. */
export type Problems = readonly string[];

/** Tries a fault and records the result. Fails the test unless the result is expected or a known exception. */
export async function tryFault(
  fault: ExpectedFault,
  attempt: (note: (text: string) => void) => Promise<Problems>,
): Promise<void> {
  const notes: string[] = [];
  const problems = await attempt((text) => notes.push(text)).catch((error: unknown) => [
    error instanceof Error ? `${error.name}: ${error.message}${causeOf(error)}` : String(error),
  ]);
  const seen = problems.join('; ');
  const file = process.env['FAULT_RESULTS'];
  const tried: Tried = {
    id: fault.id,
    survived: problems.length === 0,
    seen,
    ...(notes.length > 0 && { note: notes.join(', ') }),
  };
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(tried)}\n`);
  if (fault.id in notSurvived) {
    if (problems.length === 0) throw new Error(`"${fault.id}" is survived now: take it off not-survived.ts`);
    return;
  }
  if (problems.length > 0) throw new Error(`Expected: ${fault.expected}.\nSeen: ${seen}`);
}

/** The error of a property. fast-check's message has only the counterexample. */
function causeOf({ cause }: Error): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? ` (${cause.message})` : '';
}
