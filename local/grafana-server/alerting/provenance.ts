import { GrafanaError } from '../errors';
import type { HttpCall } from '../router';
import type { WorkspaceState } from '../workspace-state';

/** The lowest role that may use the provisioning API. */
export const provisioning = (grafana: WorkspaceState): 'ADMIN' | 'EDITOR' => grafana.features.provisioningRole;

/** `X-Disable-Provenance` set to anything: the object stays editable in the user interface; else it is marked `api`. */
export const provenanceOf = (call: HttpCall): string =>
  call.headers['x-disable-provenance'] === undefined ? 'api' : '';

/**
 * Throws when an object that was written without the header is written with it ("cannot changed" is Grafana's own
 * text).
 */
export function checkProvenance(
  call: HttpCall,
  what: 'rule' | 'other',
  before: { readonly provenance?: string } | undefined,
): void {
  const { boundProvenance, conflict } = call.grafana.features;
  if (what === 'other' && boundProvenance === 'rules') return;
  if (!before?.provenance || provenanceOf(call) === before.provenance) return;
  throw new GrafanaError(conflict, `cannot changed provenance from '${before.provenance}' to ''`);
}
