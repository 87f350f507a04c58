import { awsForGood, awsOnce, grafanaForGood, grafanaOnce, hostileAnswers } from './control-plane';
import { dataPlane } from './data-plane';
import type { ExpectedFault } from './fault';
import { input } from './input';
import { heldCalls, interruptions } from './interruptions';
import { loads } from './load';
import { security } from './security';

/** Every fault of the suite, in the order of docs/reliability.md. */
export const expectedFaults: readonly ExpectedFault[] = [
  ...awsOnce,
  ...awsForGood,
  ...grafanaOnce,
  ...grafanaForGood,
  ...hostileAnswers,
  ...heldCalls,
  ...Object.values(interruptions),
  ...Object.values(security),
  ...Object.values(dataPlane),
  ...Object.values(input),
  ...Object.values(loads),
];
