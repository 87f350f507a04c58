/** Names that several steps share. */

/** The tag that marks a workspace as this stack's; its value is the stack's name. */
export const STACK_TAG = 'grafana-observability-stack';

/**
 * The one service account of the workspace: stable, because AMG bills each as a user
 * (aws-facts: amg-service-account-billed).
 */
export const SERVICE_ACCOUNT_NAME = 'grafana-observability-setup';

/** Prefix of the setup's tokens. */
export const TOKEN_PREFIX = 'setup-';

/** Key of the state machines' lock in the audit bucket. */
export const LOCK_KEY = 'lock/setup.json';

/** Key of the record of what the setup created in the workspace, in the audit bucket. */
export const OWNERSHIP_KEY = 'workspace/manifest.json';

/** `arn:aws:states:eu-west-1:123456789012:execution:Setup:run-1` → `run-1`. */
export function executionName(executionArn: string): string {
  return executionArn.split(':').at(-1) ?? executionArn;
}

/** Folder of one run in the audit bucket, with a slash at its end. */
export function runPrefix(executionArn: string): string {
  return `runs/${executionName(executionArn)}/`;
}

/** Folder with what the checks of a run are waiting for, in the audit bucket: a file for each group. */
export function progressPrefix(executionArn: string): string {
  return `${runPrefix(executionArn)}waiting/`;
}

/** Folder of what a teardown exported from the workspace, in the audit bucket, with a slash at its end. */
export function exportPrefix(executionArn: string): string {
  return `exports/${executionName(executionArn)}/`;
}

/**
 * AMG gives an endpoint without a scheme (aws-facts: amg-endpoint-is-a-host); a local workspace has one. Returned
 * without a slash at its end.
 */
export function grafanaUrl(endpoint: string): string {
  const url = /^https?:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`;
  return url.replace(/\/+$/, '');
}

/** Tag of our dashboards, label of our alert rules. */
export const MANAGED_BY = 'grafana-observability';

/** `…:execution:<stack>-setup:<name>` → the stack and the state machine. */
export function machineOf(executionArn: string): { readonly stack: string; readonly machine: 'setup' | 'teardown' } {
  const stateMachine = executionArn.split(':').at(-2) ?? '';
  const machine = stateMachine.endsWith('-teardown') ? 'teardown' : 'setup';
  return { stack: stateMachine.replace(/-(setup|teardown)$/, ''), machine };
}
