import type { GrafanaModule } from '../../../local/aws/managed-grafana';
import { CredentialStore } from '../../../local/kernel/access/credential-store';
import type { Principal, TemporaryCredentials } from '../../../local/kernel/contracts';

export interface Lent {
  readonly principal: Principal;
  readonly credentials: TemporaryCredentials;
}

/** All that the local clouds of this process lend from now on, in order. Stays until `jest.restoreAllMocks`. */
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

/** Every token that is minted in Grafana from now on. */
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
