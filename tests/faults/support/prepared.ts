import type { Ended } from '../../statemachine/support/machine-cloud';
import type { Problems } from './try-fault';

/** The preparation of a run with a fault, and the checks of its result. */
export interface Prepared {
  readonly machine: 'setup' | 'teardown';
  /** Problems of a run with a single fault. */
  judge(ended: Ended): Promise<Problems>;
  /** Problems of a run that continued without what was refused for good. */
  judgeLeftOut?(ended: Ended): Promise<Problems>;
  /** Problems after a run that failed for good. */
  judgeFailed?(): Promise<Problems>;
  /** Removes what makes the run fail without the fault. */
  undo(): unknown;
  /** Runs the state machine again after a lasting fault was removed. Returns the problems. */
  mended(): Promise<Problems>;
}
