import { AwsError, type Kernel, type ServiceModule } from '../../kernel/contracts';
import { networkTypes } from './network-types';
import { otherTypes } from './other-types';
import { passiveResource } from './passive-resource';
import { ResourceRegistry } from './registry';

export interface PassiveService extends ServiceModule {
  readonly registry: ResourceRegistry;
}

/** Resource types that only have to exist: recorded with the ids and attributes that AWS would give, answered for by nobody. */
export function createPassive(kernel: Kernel): PassiveService {
  const registry = new ResourceRegistry();
  const types = Object.entries({ ...networkTypes, ...otherTypes });
  return {
    signingNames: [],
    registry,
    handle: async () => {
      throw new AwsError('UnsupportedOperation', 'Recorded resources have no operations.');
    },
    resources: Object.fromEntries(types.map(([name, type]) => [name, passiveResource(type, kernel, registry)])),
  };
}
