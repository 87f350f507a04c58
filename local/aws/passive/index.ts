import { AwsError, type Kernel, type ServiceModule } from '../../kernel/contracts';
import { inUseOf, type Network, untilUnused } from './network-in-use';
import { networkTypes } from './network-types';
import { otherTypes } from './other-types';
import { passiveResource } from './passive-resource';
import { ResourceRegistry } from './registry';

export interface PassiveService extends ServiceModule {
  readonly registry: ResourceRegistry;
}

const alone: Network = { interfaces: () => [], patience: 0 };

/**
 * Resource types that are only recorded, with ids and attributes like those of AWS; no service runs behind them. A
 * subnet or a security group is not deleted while one of `interfaces` is in it.
 */
export function createPassive(kernel: Kernel, network: Partial<Network> = {}): PassiveService {
  const registry = new ResourceRegistry();
  const types = Object.entries({ ...networkTypes, ...otherTypes });
  return {
    signingNames: [],
    registry,
    handle: async () => {
      throw new AwsError('UnsupportedOperation', 'Recorded resources have no operations.');
    },
    resources: Object.fromEntries(
      types.map(([name, type]) => [
        name,
        inUseOf[name] === undefined
          ? passiveResource(type, kernel, registry)
          : untilUnused(
              passiveResource(type, kernel, registry),
              inUseOf[name],
              { ...alone, ...network },
              kernel.closing,
            ),
      ]),
    ),
  };
}
