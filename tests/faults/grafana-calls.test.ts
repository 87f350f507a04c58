import { hurryRetries } from '../statemachine/support/scenario';
import { grafanaForGood, grafanaOnce } from './expected/control-plane';
import { notSucceeded, notUnchanged, notWhole, withFaultyCloud } from './support/control-plane';
import { grafanaEffect } from './support/effects';
import { tryFault } from './support/try-fault';

beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

it.each(grafanaOnce)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud }) => {
      const heal = cloud.grafana.plant({ route: fault.route, ...grafanaEffect(fault) });
      const failed = await notSucceeded(cloud);
      if (heal() === 0) return [`nothing asked ${fault.route}`];
      return [...failed, ...(await notWhole(cloud)), ...(await notUnchanged(cloud))];
    }),
  ),
);

it.each(grafanaForGood)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud }) => {
      const heal = cloud.grafana.plant({
        route: fault.route,
        ...grafanaEffect(fault),
        times: Number.POSITIVE_INFINITY,
      });
      const { status, error } = await cloud.run('setup');
      if (heal() === 0) return [`nothing asked ${fault.route}`];
      const ended = status === 'FAILED' && error !== undefined ? [] : [`the run ended ${status} with ${error}`];
      return [...ended, ...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
    }),
  ),
);
