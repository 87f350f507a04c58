import type { ExpectedFault } from './fault';

export interface HeldCall extends ExpectedFault {
  readonly operation: string;
}

/** StopExecution ends the state machine, not the Lambda: its call is served while the next run is under way. */
export const heldCalls: readonly HeldCall[] = [
  'PutObject',
  'CreateWorkspace',
  'CreateWorkspaceServiceAccount',
  'CreateWorkspaceServiceAccountToken',
  'UpdatePermissions',
].map((operation) => ({
  id: `killed: the execution while ${operation} is under way, and run again at once`,
  plane: 'interruption',
  broken: `the execution is stopped while ${operation} is under way; the call lands during the next run`,
  often: 'once',
  expected: 'the next run, or the one after it, succeeds with one of everything and no token',
  operation,
}));

const fault = (id: string, broken: string, expected: string): ExpectedFault => ({
  id,
  plane: 'interruption',
  broken,
  often: 'once',
  expected,
});

export const interruptions = {
  killedBetween: fault(
    'killed: the execution before each state in turn',
    'the execution is stopped before the work of each function in turn, each time followed by a new run',
    'every new run takes the dead lock over; the last succeeds with one of everything and no token',
  ),
  twoSetups: fault(
    'two setups at once',
    'two setups started at the same moment',
    'one succeeds, the other ends FAILED with SetupAlreadyRunning; one of everything, no token, no lock',
  ),
  tenSetups: fault(
    'ten setups at once',
    'ten setups started at the same moment',
    'at most one at a time runs, each other ends with SetupAlreadyRunning; one of everything, no token, no lock',
  ),
  removeDuringSetup: fault(
    'remove during setup',
    'a teardown is started while the setup applies content',
    'the teardown waits or is refused by name; in the end a teardown leaves no workspace and no lock',
  ),
  setupDuringRemove: fault(
    'setup during remove',
    'a setup is started while the teardown runs',
    'the setup is refused by name or ends FAILED; no workspace is left after a last teardown',
  ),
} as const;
