import { clocks, expiredCredentials } from './clocks-and-credentials';
import { awsForGood, awsOnce, grafanaForGood, grafanaOnce, stuckCreating } from './control-plane';
import { dataPlane } from './data-plane';
import type { ExpectedFault } from './fault';
import { hostileAnswers } from './hostile';
import { input } from './input';
import { heldCalls, interruptions } from './interruptions';
import { laterAwsForGood, laterAwsOnce, laterGrafanaForGood, laterGrafanaOnce } from './later-calls';
import { loads } from './load';
import { security } from './security';
import { terminal } from './terminal';

/** Every fault of the suite, in the order of docs/reliability.md. */
export const expectedFaults: readonly ExpectedFault[] = [
  ...awsOnce,
  ...awsForGood,
  ...grafanaOnce,
  ...grafanaForGood,
  ...laterAwsOnce,
  ...laterAwsForGood,
  ...laterGrafanaOnce,
  ...laterGrafanaForGood,
  ...expiredCredentials,
  ...Object.values(clocks),
  stuckCreating,
  ...hostileAnswers,
  ...heldCalls,
  ...Object.values(interruptions),
  ...Object.values(terminal),
  ...Object.values(security),
  ...Object.values(dataPlane),
  ...Object.values(input),
  ...Object.values(loads),
];
