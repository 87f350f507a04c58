/**
 * Exit codes of the verbs, as docs/operations.md lists them. 1 is the Serverless Framework's own, for bad input and
 * failed deploys.
 */
export const exitCodes = {
  /** The execution ended FAILED. */
  executionFailed: 2,
  /** The execution was stopped by a user or timed out. */
  executionStopped: 3,
  /** `setup --verify` found that something differs. */
  drift: 4,
  /** Watching ended without knowing how the execution ends: no network, or credentials that expired. */
  lostSight: 5,
  /** The stage's endpoint does not answer: the local cloud is not running. */
  endpointUnreachable: 6,
  /** `diagnose` found a problem. */
  findings: 7,
  /** Ctrl-C while watching. The execution continues. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Makes this process end with `code`, even if the framework sets another later (it sets 1 for every error). */
export function exitWith(code: ExitCode): void {
  process.once('exit', () => {
    process.exitCode = code;
  });
}
