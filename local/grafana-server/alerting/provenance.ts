import type { HttpCall } from '../router';
import type { WorkspaceState } from '../workspace-state';

/** The least role that may use the provisioning API. */
export const provisioning = (grafana: WorkspaceState): 'ADMIN' | 'EDITOR' => grafana.features.provisioningRole;

/** `X-Disable-Provenance` set to anything: the object stays editable in the user interface; else it is marked `api`. */
export const provenanceOf = (call: HttpCall): string =>
  call.headers['x-disable-provenance'] === undefined ? 'api' : '';
