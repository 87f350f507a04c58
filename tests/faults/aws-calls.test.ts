import { hurryRetries } from '../statemachine/support/scenario';
import { awsForGood, awsOnce } from './expected/control-plane';
import { notSucceeded, notUnchanged, notWhole, withFaultyCloud } from './support/control-plane';
import { awsEffect } from './support/effects';
import { tryFault } from './support/try-fault';

beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

it.each(awsOnce)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      proxy.plant({ operation: fault.operation, effect: awsEffect(fault), times: 1 });
      const failed = await notSucceeded(cloud);
      if (proxy.heal() === 0) return [`no ${fault.operation} was made`];
      return [...failed, ...(await notWhole(cloud)), ...(await notUnchanged(cloud))];
    }),
  ),
);

it.each(awsForGood)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      proxy.plant({ operation: fault.operation, effect: awsEffect(fault), times: Number.POSITIVE_INFINITY });
      const { status, error } = await cloud.run('setup');
      if (proxy.heal() === 0) return [`no ${fault.operation} was made`];
      const ended = status === 'FAILED' && error !== undefined ? [] : [`the run ended ${status} with ${error}`];
      return [...ended, ...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
    }),
  ),
);
