import { awsForGood, awsOnce, grafanaForGood, grafanaOnce, stuckCreating } from '../control-plane';
import { heldCalls } from '../interruptions';
import { security } from '../security';
import { terminal } from '../terminal';
import { about, type Statement, tested } from './statement';

const tester = 'unit/functions/tester';
const grafana = 'unit/functions/adapters/grafana-http';
const failures = 'statemachine/failures';
const failing =
  'a failing state ends the run FAILED with step, cause and remedy, no token, no lock, and a report $step: $title';
const recovers = 'a temporary failure is tried again, a lasting one is not %s';

const lostAnswers = awsOnce.filter(
  ({ operation, effect }) => /^CreateWorkspace/.test(operation) && effect === 'cut after it was applied',
);

/** Statements about the Lambda functions and the two state machines. */
export const ofMachines: readonly Statement[] = [
  ...about('Lambda and Step Functions', [
    ['Tester: any mismatch → it throws, naming the call', tested(tester, 'throws, naming the call, at %s')],
    [
      'tester time-out or DNS failure → throws, named',
      tested(tester, 'throws, naming the call, at %s', 'no answer in time'),
      tested(tester, 'says that the host name does not resolve'),
    ],
    [
      'throttling → retried with backoff, MaxDelaySeconds and full jitter',
      tested(
        'statemachine/definitions',
        'the $name machine %s has a timeout, and retries named errors with full jitter and a maximum delay',
      ),
      awsOnce.filter(({ effect }) => effect === 'throttled'),
      tested(failures, recovers, 'AMG throttles longer than the SDK retries'),
    ],
    [
      'validation or access errors → not retried, Catch, Fail with the remedy',
      tested(failures, 'a temporary failure is tried again, a lasting one is not %s ends the run at the first attempt'),
      tested(failures, failing, 'creating is not allowed', 'the version is not offered', 'a dashboard is refused'),
      tested('statemachine/definitions', 'the $name machine %s catches every error and leads to the Fail state'),
      awsForGood.filter(({ effect }) => effect === 'denied'),
      grafanaForGood.filter(({ effect }) => effect === 'rejected'),
    ],
    [
      'workspace stuck in CREATING → bounded wait, then Fail',
      stuckCreating,
      tested(failures, failing, 'the creation fails'),
    ],
    [
      'name conflict on a second run → reused, no doubles',
      tested('statemachine/setup', 'reports "unchanged" everywhere the second time, and changes nothing'),
      lostAnswers,
      heldCalls,
    ],
    [
      'token step fails midway → token gone, short secondsToLive',
      tested(grafana, 'a session deletes the token when the work throws'),
      tested(grafana, 'a session mints tokens that expire soon, in case nobody deletes them'),
      tested(failures, 'AMG’s limits deletes the tokens that a killed run left before it creates new ones'),
      security.grafanaExpired,
    ],
    [
      'token in no state, history, log or span',
      tested(
        'statemachine/secrets',
        'keeps every token out of states, logs, errors, the report and the journal, in runs that succeed and that fail',
      ),
      security.tokenAtRest,
      terminal.secrets,
    ],
    [
      'Grafana 429 or 5xx → retried',
      tested(grafana, 'a request to Grafana is tried again after %i', '429', '500', '503'),
      grafanaOnce.filter(({ effect }) => effect === 'throttled' || effect === 'failing'),
    ],
    [
      '401 → minted again once',
      tested(grafana, 'a session mints again once after a 401, and deletes both'),
      tested(grafana, 'a session gives up at the second 401'),
    ],
    [
      'DescribeServices `failures[]` → an error although HTTP 200',
      tested(failures, failing, 'ECS does not know a service, although it answers 200'),
    ],
  ]),
];
