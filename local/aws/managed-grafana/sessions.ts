import type { Kernel, TemporaryCredentials } from '../../kernel/contracts';

/** A session of the workspace role is reused for a while, as the SDK inside Grafana does. */
const reuseMs = 5 * 60_000;

/**
 * The workspace role's credentials. aws:SourceArn is the workspace's ARN. Throws AccessDenied when the trust policy
 * refuses.
 */
export function createSessions(
  kernel: Kernel,
  now: () => number,
): (roleArn: string, workspaceId: string) => TemporaryCredentials {
  const sessions = new Map<string, { readonly credentials: TemporaryCredentials; readonly until: number }>();
  return (roleArn, workspaceId) => {
    const key = `${workspaceId} ${roleArn}`;
    const known = sessions.get(key);
    if (known && known.until > now()) return known.credentials;
    const source = `arn:${kernel.partition}:grafana:${kernel.region}:${kernel.accountId}:/workspaces/${workspaceId}`;
    const { credentials } = kernel.assumeRole(roleArn, 'grafana.amazonaws.com', workspaceId, {
      'aws:SourceArn': source,
    });
    sessions.set(key, { credentials, until: now() + reuseMs });
    return credentials;
  };
}
