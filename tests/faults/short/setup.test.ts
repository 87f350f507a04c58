import { hurryRetries } from '../../statemachine/support/scenario';
import { awsForGood, awsOnce, grafanaOnce } from '../expected/control-plane';
import { notSucceeded, notWhole, withFaultyCloud } from '../support/control-plane';
import { awsEffect, grafanaEffect } from '../support/effects';
import { tryFault } from '../support/try-fault';

/** The short form of `npm run test:faults`: one of each of a setup's most frequent faults. */
jest.setTimeout(30_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

const lockAnswerLost = awsOnce.filter(
  ({ operation, effect }) => operation === 'PutObject' && effect === 'cut after it was applied',
);
const workspaceThrottled = awsOnce.filter(
  ({ operation, effect }) => operation === 'CreateWorkspace' && effect === 'throttled',
);
const accountDenied = awsForGood.filter(
  ({ operation, effect }) => operation === 'CreateWorkspaceServiceAccount' && effect === 'denied',
);
const dashboardCut = grafanaOnce.filter(
  ({ route, effect }) => route === 'POST /api/dashboards/db' && effect === 'cut after it was applied',
);

it.each([...lockAnswerLost, ...workspaceThrottled])('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      proxy.plant({ operation: fault.operation, effect: awsEffect(fault), times: 1 });
      return [...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
    }),
  ),
);

it.each(accountDenied)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      proxy.plant({ operation: fault.operation, effect: awsEffect(fault), times: Number.POSITIVE_INFINITY });
      const { status } = await cloud.run('setup');
      proxy.heal();
      return [
        ...(status === 'FAILED' ? [] : [`the run ended ${status}`]),
        ...(await notSucceeded(cloud)),
        ...(await notWhole(cloud)),
      ];
    }),
  ),
);

it.each(dashboardCut)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud }) => {
      cloud.grafana.plant({ route: fault.route, ...grafanaEffect(fault) });
      return [...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
    }),
  ),
);
