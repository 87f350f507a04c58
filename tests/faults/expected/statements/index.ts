import { ofMachines } from './machines';
import { ofRequests } from './requests';
import { ofService } from './service';
import type { Statement } from './statement';

/** Every statement of the list, in its order. */
export const statements: readonly Statement[] = [...ofRequests, ...ofService, ...ofMachines];
