/**
 * The errors of a function that a state of the machine tries again, by name: its `Retry` in statemachines/*.asl.yaml
 * without the names that Lambda itself gives. A test compares both. A function that adds a remedy to the errors of AWS
 * must leave these as they are: under another name they would not be tried again.
 */
const COMMON = [
  'AwsUnavailable',
  'ConflictException',
  'InternalServerException',
  'ResourceConflictException',
  'ServerException',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottlingException',
  'TooManyRequestsException',
] as const;

export const RETRIED: Readonly<Record<'setup' | 'teardown', ReadonlySet<string>>> = {
  setup: new Set([...COMMON, 'GrafanaUnavailable']),
  teardown: new Set([...COMMON, 'WorkspaceChanging']),
};

/** Whether a state of the machine tries this error again. */
export function isRetriedBy(machine: 'setup' | 'teardown', error: unknown): boolean {
  return error instanceof Error && RETRIED[machine].has(error.name);
}
