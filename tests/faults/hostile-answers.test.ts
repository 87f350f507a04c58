import { hurryRetries } from '../statemachine/support/scenario';
import { hostileAnswers } from './expected/hostile';
import { notSucceeded, notWhole, withFaultyCloud } from './support/control-plane';
import { tryFault } from './support/try-fault';

beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

/** JavaScript's own errors: code that throws one used a response without checking it. */
const unnamed = /^(TypeError|SyntaxError|RangeError|ReferenceError|Error|Lambda\.Unknown|States\.Runtime|Runtime\..*)$/;

it.each(hostileAnswers)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      if ('route' in fault.target) cloud.grafana.plant({ ...fault.answer, ...fault.target });
      else proxy.plant({ ...fault.target, effect: fault.answer, times: 1 });
      const { status, error, cause } = await cloud.run('setup');
      proxy.heal();
      const believed =
        status === 'SUCCEEDED'
          ? await notWhole(cloud)
          : error === undefined || unnamed.test(error)
            ? [`ended with ${error}: ${cause?.slice(0, 200)}`]
            : [];
      return [...believed, ...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
    }),
  ),
);
