import type { StepResult } from '../domain/results';
import { leaveReport, type ReportDeps } from '../shared/leave-report';

export interface FailureRecorded extends StepResult {
  /** For the Fail state: the error's name, and one text with step, cause, remedy and report. */
  readonly error: string;
  readonly cause: string;
}

/** Step Functions takes no longer Cause than 32,768 characters (aws-facts: states-cause-length). */
const LONGEST_CAUSE = 30_000;

/** Formats the error that a Catch stored, and what failed after it, and writes the report of the failed run. */
export async function recordFailure(
  {
    execution,
    failure,
  }: { readonly execution: string; readonly failure: { readonly Error: string; readonly Cause: string } },
  deps: ReportDeps,
): Promise<FailureRecorded> {
  const { report, location } = await leaveReport(execution, 'RecordFailure', deps);
  const further = (report.furtherFailures ?? []).map(
    ({ step, error, message }) => ` ${step} failed after it, too: ${error}: ${message}`,
  );
  const first = `${report.failure?.step ?? 'A step'} failed. ${messageOf(failure.Cause)}`;
  const cause = `${first}${further.join('')} Report: ${location}`;
  return {
    outcome: 'failed',
    detail: cause.slice(0, 2_000),
    error: failure.Error,
    cause: cause.slice(0, LONGEST_CAUSE),
  };
}

/** A Lambda's failure comes as JSON with errorType and errorMessage; other causes are plain text. */
function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { readonly errorMessage?: string };
    return errorMessage ?? cause;
  } catch {
    return cause;
  }
}
