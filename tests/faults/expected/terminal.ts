import type { ExpectedFault } from './fault';

const fault = (id: string, broken: string, expected: string): ExpectedFault => ({
  id: `terminal: ${id}`,
  plane: 'interruption',
  broken,
  often: 'once',
  expected,
});

/** The Serverless CLI with the plugin, in its own processes, against the local cloud with the whole stack. */
export const terminal = {
  killed: fault(
    'killed while watching',
    'sls setup is killed (SIGKILL) while it watches',
    'the execution goes on; sls setup --watch <ARN> shows it to its end with exit code 0; no lock is left, and the next sls setup succeeds',
  ),
  interrupted: fault(
    'Ctrl-C while watching',
    'Ctrl-C while sls setup watches',
    'exit code 130; it says that the setup goes on and prints the command that follows it; the execution succeeds',
  ),
  twoDeploysOneCheckout: fault(
    'two deploys from one checkout',
    'two sls deploy of one stage at once, from one checkout',
    'the second says that it waits for the first, then deploys; both end with exit code 0, or one ends with SetupAlreadyRunning and says what to do; one of everything',
  ),
  twoDeploysTwoCheckouts: fault(
    'two deploys from two checkouts',
    'two sls deploy of one stage at once, from two checkouts',
    'one ends with exit code 0; the other too, or it ends with a message that says that another deploy or setup is under way and what to do; one of everything',
  ),
  twoStages: fault(
    'two deploys of two stages',
    'two sls deploy of two stages at once, from one checkout',
    'both end with exit code 0, each stage with its own stack, workspace and buckets',
  ),
  removeDuringSetup: fault(
    'remove during setup',
    'sls remove while sls setup runs',
    'sls remove ends with exit code 2, SetupAlreadyRunning and what to do, and leaves the stack as it is; the setup succeeds',
  ),
  setupDuringRemove: fault(
    'setup during remove',
    'sls setup while sls remove runs its teardown',
    'sls setup ends with exit code 2, SetupAlreadyRunning and what to do; the remove ends with exit code 0 and nothing is left',
  ),
  deployDuringRemove: fault(
    'deploy during remove',
    'sls deploy while sls remove deletes the stack',
    'sls deploy ends with a message that names the state of the stack; the remove ends with exit code 0 and nothing is left',
  ),
  lentCredentials: fault(
    'lent credentials expire',
    "the local cloud's clock jumps seven hours: what it lent to functions, tasks and the workspace has expired",
    'the next sls setup and sls invoke -f tester succeed with new credentials',
  ),
  startInterrupted: fault(
    'Ctrl-C during npm start',
    'Ctrl-C in the middle of npm start, while its deploy creates the stack',
    'exit code 0; no process of it runs, no port is taken, no packaging lock is left; the next npm start deploys and is up, and its Ctrl-C leaves nothing either',
  ),
  deployInterruptedPackaging: fault(
    'Ctrl-C during sls deploy, packaging',
    'Ctrl-C in the middle of sls deploy, while it packages',
    'it ends at once and not with exit code 0; no process of it runs and no packaging lock of a live process is left; the next sls deploy waits for nobody and ends with exit code 0 and one of everything',
  ),
  deployInterruptedStack: fault(
    'Ctrl-C during sls deploy, stack',
    'Ctrl-C in the middle of sls deploy, while CloudFormation changes the stack',
    'it ends at once and not with exit code 0; no process of it runs and no packaging lock of a live process is left; the next sls deploy, after CloudFormation has ended, ends with exit code 0 and one of everything',
  ),
  secrets: fault(
    'secrets at rest',
    'every file that a deploy, setups and a remove left, and all that they printed, swept for each token that was minted and each secret key that was lent',
    'none is found',
  ),
} as const;
