import * as z from 'zod';
import type { GrafanaRole, Permission } from '../domain/workspace';
import { optionalList } from '../shared/config-shapes';
import { readEnvironment } from '../shared/environment';

const shape = z.object({ GRAFANA_ADMINS: optionalList, GRAFANA_EDITORS: optionalList, GRAFANA_VIEWERS: optionalList });

/** Ids in the form of the parameters: `group:<id>`, `user:<id>`, or the id alone for a user. */
export function readConfig(environment: NodeJS.ProcessEnv): { readonly wanted: readonly Permission[] } {
  const ids = readEnvironment(shape, environment);
  return {
    wanted: [
      ...permissions('ADMIN', ids.GRAFANA_ADMINS),
      ...permissions('EDITOR', ids.GRAFANA_EDITORS),
      ...permissions('VIEWER', ids.GRAFANA_VIEWERS),
    ],
  };
}

function permissions(role: GrafanaRole, ids: readonly string[]): readonly Permission[] {
  return ids.map((id) => ({
    role,
    type: id.startsWith('group:') ? 'SSO_GROUP' : 'SSO_USER',
    id: id.replace(/^(user|group):/, ''),
  }));
}
