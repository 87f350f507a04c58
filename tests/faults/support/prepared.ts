import type { Ended } from '../../statemachine/support/machine-cloud';
import type { Problems } from './try-fault';

/** What comes before the run that meets the fault, how that run ends without one, and what it leaves. */
export interface Prepared {
  readonly machine: 'setup' | 'teardown';
  /** What is wrong with a run that met the fault once. */
  judge(ended: Ended): Promise<Problems>;
  /** What is wrong with a run that went on without what was refused for good. */
  judgeLeftOut?(ended: Ended): Promise<Problems>;
  /** What is wrong after a run that failed for good. */
  judgeFailed?(): Promise<Problems>;
  /** Takes back what makes the run fail by itself. */
  undo(): unknown;
  /** Runs the machine once more when the fault of a run that failed for good is gone; says what is wrong then. */
  mended(): Promise<Problems>;
}
