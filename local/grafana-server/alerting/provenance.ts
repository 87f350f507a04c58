import type { Grafana } from '../grafana';
import type { HttpCall } from '../router';

/** The least role that may use the provisioning API. */
export const provisioning = (grafana: Grafana): 'ADMIN' | 'EDITOR' => grafana.features.provisioningRole;

/** `X-Disable-Provenance` set to anything: the object stays editable in the user interface; else it is marked `api`. */
export const provenanceOf = (call: HttpCall): string =>
  call.headers['x-disable-provenance'] === undefined ? 'api' : '';
