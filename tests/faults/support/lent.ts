import type { GrafanaModule } from '../../../local/aws/managed-grafana';
import { CredentialStore } from '../../../local/kernel/access/credential-store';
import type { Principal, TemporaryCredentials } from '../../../local/kernel/contracts';

export interface Lent {
  readonly principal: Principal;
  readonly credentials: TemporaryCredentials;
}

/**
 * All credentials that this process's local clouds issue from now on, in order. Active until `jest.restoreAllMocks`.
 */
export function rememberLent(): readonly Lent[] {
  const lent: Lent[] = [];
  const issue = CredentialStore.prototype.issue;
  jest.spyOn(CredentialStore.prototype, 'issue').mockImplementation(function (this: CredentialStore, principal, until) {
    const credentials = issue.call(this, principal, until);
    lent.push({ principal, credentials });
    return credentials;
  });
  return lent;
}

/** Every Grafana token that is created from now on. */
export function rememberTokens(grafana: GrafanaModule): readonly string[] {
  const tokens: string[] = [];
  const handle = grafana.handle.bind(grafana);
  grafana.handle = async (request) => {
    const response = await handle(request);
    if (response.operation !== 'CreateWorkspaceServiceAccountToken' || response.error !== undefined) return response;
    const { serviceAccountToken } = JSON.parse(String(response.body)) as { serviceAccountToken: { key: string } };
    tokens.push(serviceAccountToken.key);
    return response;
  };
  return tokens;
}
