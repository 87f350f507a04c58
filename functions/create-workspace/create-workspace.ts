import { createHash } from 'node:crypto';
import type { Clock } from '../domain/clock';
import { IdentityCenterMissing, VersionUnavailable } from '../domain/errors';
import { findWorkspace } from '../domain/find-workspace';
import { isIdentityCenterMissing } from '../domain/login';
import { STACK_TAG } from '../domain/naming';
import type { StepResult } from '../domain/results';
import { chooseVersion } from '../domain/versions';
import type { Amg, AuthenticationProvider, NewWorkspace } from '../domain/workspace';
import { REQUIRED_CONFIGURATION } from '../domain/workspace-configuration';
import type { CreateWorkspaceConfig } from './config';

/** Creation takes about five minutes. A workspace that takes longer than this is stuck. */
const DEADLINE_MINUTES = 30;

export interface WorkspaceFound extends StepResult {
  /** Empty if a verification finds none. */
  readonly workspaceId: string;
  /** ISO time at which the wait for ACTIVE ends. */
  readonly deadline: string;
}

/** Finds the stack's workspace by name and tag, or creates it at the version asked for. */
export async function createWorkspace(
  { execution, verifyOnly }: { readonly execution: string; readonly verifyOnly: boolean },
  { amg, clock, config }: { readonly amg: Amg; readonly clock: Clock; readonly config: CreateWorkspaceConfig },
): Promise<WorkspaceFound> {
  const deadline = new Date(clock.now().getTime() + DEADLINE_MINUTES * 60_000).toISOString();
  const present = await findWorkspace(amg, config.STACK_NAME);
  if (present)
    return {
      outcome: 'unchanged',
      detail: `${present.id} is there, ${present.status}`,
      workspaceId: present.id,
      deadline,
    };
  if (verifyOnly)
    return {
      outcome: 'drifted',
      detail: `there is no workspace ${config.STACK_NAME} of this stack, so nothing in it was looked at`,
      workspaceId: '',
      deadline,
    };

  const offered = await amg.listVersions();
  const grafanaVersion = chooseVersion(config.GRAFANA_VERSION, offered);
  if (grafanaVersion === undefined) throw new VersionUnavailable(config.GRAFANA_VERSION, offered);
  const created = await createWithLogin(amg, config.providers, (authenticationProviders) => ({
    name: config.STACK_NAME,
    clientToken: tokenFor(execution, authenticationProviders),
    grafanaVersion,
    roleArn: config.WORKSPACE_ROLE_ARN,
    vpc: { subnetIds: config.SUBNET_IDS, securityGroupIds: config.SECURITY_GROUP_IDS },
    authenticationProviders,
    configuration: REQUIRED_CONFIGURATION,
    tags: { [STACK_TAG]: config.STACK_NAME },
  }));
  return {
    outcome: 'added',
    detail: `${created.workspaceId} with Grafana ${grafanaVersion}, log-in by ${created.login}`,
    workspaceId: created.workspaceId,
    deadline,
  };
}

/**
 * `auto` tries Identity Center first. Without an organization instance AMG refuses that, and the workspace gets SAML.
 */
async function createWithLogin(
  amg: Amg,
  wanted: 'auto' | readonly AuthenticationProvider[],
  workspace: (providers: readonly AuthenticationProvider[]) => NewWorkspace,
): Promise<{ readonly workspaceId: string; readonly login: string }> {
  const providers = wanted === 'auto' ? (['AWS_SSO'] as const) : wanted;
  try {
    return { workspaceId: await amg.create(workspace(providers)), login: providers.join(' and ') };
  } catch (error) {
    if (!isIdentityCenterMissing(error)) throw error;
    if (wanted !== 'auto') throw new IdentityCenterMissing();
    const workspaceId = await amg.create(workspace(['SAML']));
    return {
      workspaceId,
      login: 'SAML, because Identity Center is not enabled: nobody can log in until SAML is configured',
    };
  }
}

/** Idempotency token: stable across retries, so that AMG creates one workspace, and distinct per provider. */
function tokenFor(execution: string, providers: readonly string[]): string {
  return createHash('sha256')
    .update(`${execution} ${providers.join(',')}`)
    .digest('hex')
    .slice(0, 36);
}
