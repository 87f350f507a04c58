import type { Report } from '../../report';
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
  const drift = driftOf(report);
  const first = `${report.failure?.step ?? 'A step'} failed. ${messageOf(failure.Cause)}`;
  const isDrift = drift.length > 0 || failure.Error === 'DriftFound';
  const before = drift.length > 0 ? `Drift was found: ${drift.join('; ')}. Then ` : '';
  const cause = `${before}${first}${further.join('')} Report: ${location}`;
  return {
    outcome: 'failed',
    detail: cause.slice(0, 2_000),
    error: isDrift ? 'DriftFound' : failure.Error,
    cause: cause.slice(0, LONGEST_CAUSE),
  };
}

/** What a verification had found before the failure; JudgeResults tells it itself. */
function driftOf({ steps, failure }: Report): readonly string[] {
  if (failure?.step === 'JudgeResults') return [];
  return steps.flatMap(({ name, change, detail, items }) => {
    const lines = items.length > 0 ? items : [{ change, detail }];
    return lines.flatMap((line) => (line.change === 'drifted' ? [`${name}: ${line.detail ?? ''}`] : []));
  });
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
