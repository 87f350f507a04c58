import {
  type CheckCounts,
  countChanges,
  countChecks,
  failedStep,
  furtherFailures,
  modeOf,
  readCause,
  type Step,
  stepsOf,
  type Timeline,
} from '../../report';
import { type ExitCode, exitCodes } from '../exit-codes';

/** The result of an ended execution, for the last lines and `--json`. */
export interface Conclusion {
  readonly machine: 'setup' | 'teardown';
  /** Of a setup: `apply`, `verify` or `drill`. */
  readonly mode?: string;
  readonly outcome: 'succeeded' | 'failed' | 'stopped' | 'timed-out';
  readonly seconds: number;
  readonly failedStep?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Failures after the first, while the run ended; undefined when there are none. */
  readonly furtherFailures?: readonly { readonly step: string; readonly error: string; readonly cause: string }[];
  /** Location of the report that PublishReport or RecordFailure stored. */
  readonly report?: string;
  /** Where ExportContent put what users made in the workspace, an `s3://` URL. */
  readonly exported?: string;
  /** The number of steps and Map items by outcome: `{ "unchanged": 9, "passed": 5 }`. */
  readonly changes: Readonly<Record<string, number>>;
  /** The number of signal checks by outcome; undefined before the first. */
  readonly checks?: CheckCounts;
  readonly exitCode: 0 | ExitCode;
}

export function conclude(machine: Conclusion['machine'], timeline: Timeline): Conclusion {
  const steps = stepsOf(timeline);
  const failed = failedStep(timeline);
  const failure = timeline.failure;
  const isDrift = failure?.error === 'DriftFound';
  const outcome = outcomes[timeline.outcome] ?? 'failed';
  const report = reportLocation(steps, failure?.message);
  const exported = exportLocation(steps);
  const mode = modeOf(timeline.input);
  const isVerified = isDrift && mode === 'verify';
  const checks = countChecks(steps);
  const further = furtherFailures(timeline).flatMap(({ name, failure: cause }) =>
    cause ? [{ step: name, error: cause.error, cause: cause.message }] : [],
  );
  return {
    machine,
    ...(mode !== undefined && { mode }),
    outcome,
    seconds: Math.round(((timeline.endedAt ?? timeline.startedAt) - timeline.startedAt) / 10) / 100,
    ...(outcome !== 'succeeded' && {
      ...(failed && { failedStep: failed.name }),
      // A verification that found drift and then failed at a later step ends with both.
      error: isVerified ? 'DriftFound' : (failed?.failure?.error ?? failure?.error ?? 'Unknown'),
      // The step's own message; the execution's repeats it after the step's name.
      cause:
        (outcome === 'failed' && (!isVerified || failed?.failure?.error === 'DriftFound')
          ? failed?.failure?.message
          : undefined) ??
        failure?.message ??
        'No cause was given.',
      ...(further.length > 0 && { furtherFailures: further }),
    }),
    ...(report !== undefined && { report }),
    ...(exported !== undefined && { exported }),
    changes: countChanges(steps),
    ...(checks && { checks }),
    exitCode:
      outcome === 'succeeded'
        ? 0
        : isDrift
          ? exitCodes.drift
          : outcome === 'failed'
            ? exitCodes.executionFailed
            : exitCodes.executionStopped,
  };
}

/**
 * `setup failed: VerifySignals: SignalsMissing, <cause>`, `setup succeeded in 42.1 s` or `verification succeeded in
 * 42.1 s: no drift, …`.
 */
export function conclusionLine(conclusion: Conclusion): string {
  const { outcome, seconds } = conclusion;
  const isVerification = conclusion.mode === 'verify';
  const what = isVerification ? 'verification' : conclusion.machine;
  if (outcome === 'succeeded')
    return `${what} succeeded in ${seconds} s${isVerification ? `: ${['no drift', ...checksWords(conclusion)].join(', ')}` : ''}`;
  if (outcome === 'stopped')
    return `${what} stopped after ${seconds} s: a user stopped the execution${why(conclusion)}`;
  if (outcome === 'timed-out') return `${what} timed out after ${seconds} s${why(conclusion)}`;
  const cause = conclusion.cause ?? '';
  if (isVerification && conclusion.error === 'DriftFound') return `${what} found drift: ${cause}`;
  const step = conclusion.failedStep ? `${conclusion.failedStep}: ` : '';
  return `${what} failed: ${step}${conclusion.error}, ${cause}`;
}

/** A line for each failure after the first: `then CloseAccessAfterFailure failed, too: AccessDenied, <cause>`. */
export function furtherLines({ furtherFailures: further = [] }: Conclusion): readonly string[] {
  return further.map(({ step, error, cause }) => `then ${step} failed, too: ${error}, ${cause}`);
}

/** `23 checks passed`, and `2 not evaluated` where there are such. */
function checksWords({ checks }: Conclusion): readonly string[] {
  if (!checks) return [];
  const passed = `${checks.passed} ${checks.passed === 1 ? 'check' : 'checks'} passed`;
  return [
    passed,
    ...(checks.warned ? [`${checks.warned} warned`] : []),
    ...(checks.notEvaluated === 0 ? [] : [`${checks.notEvaluated} not evaluated`]),
  ];
}

/** The location that a step left of the report, an `s3://` URL; a failed run has it in its cause. */
export function reportLocation(steps: readonly Step[], cause = ''): string | undefined {
  for (const step of steps.toReversed()) {
    const location = step.visits.at(-1)?.result?.evidence['location'];
    if (typeof location === 'string') return location;
  }
  return /Report: (s3:\/\/\S+)/.exec(cause)?.[1];
}

function exportLocation(steps: readonly Step[]): string | undefined {
  const result = steps.find(({ name }) => name === 'ExportContent')?.visits.at(-1)?.result;
  return result?.outcome === 'done' ? /s3:\/\/[^\s;]+/.exec(result.detail ?? '')?.[0] : undefined;
}

function why({ cause }: Conclusion): string {
  return cause && cause !== readCause(undefined).message ? ` (${cause})` : '';
}

const outcomes: Readonly<Record<string, Conclusion['outcome']>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  aborted: 'stopped',
  'timed-out': 'timed-out',
};
