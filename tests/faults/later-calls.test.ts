import type { MachineCloud } from '../statemachine/support/machine-cloud';
import { hurryRetries } from '../statemachine/support/scenario';
import { laterAwsForGood, laterAwsOnce, laterGrafanaForGood, laterGrafanaOnce } from './expected/later-calls';
import type { Scenario } from './expected/scenario';
import { withFaultyCloud } from './support/control-plane';
import { awsEffect, grafanaEffect } from './support/effects';
import { prepare } from './support/scenarios';
import { type Problems, tryFault } from './support/try-fault';

jest.setTimeout(120_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

interface Planted {
  plant(): void;
  /** Returns the number of calls that the fault hit. */
  heal(): number;
}

/** Runs the scenario's state machine with the fault, starting at the step that it names. */
async function withFault(
  { scenario, step, isLeftOut }: { readonly scenario: Scenario; readonly step: string; readonly isLeftOut?: boolean },
  often: 'once' | 'for good',
  cloud: MachineCloud,
  fault: Planted,
): Promise<Problems> {
  const prepared = await prepare(scenario, cloud);
  plantAt(cloud, step, fault);
  const ended = await cloud.run(prepared.machine);
  const hits = fault.heal();
  if (hits === 0) return ['no such call was made'];
  if (isLeftOut) return prepared.judgeLeftOut?.(ended) ?? [`nothing judges ${scenario} without what was refused`];
  if (often === 'once') return prepared.judge(ended);
  prepared.undo();
  const { status, error } = ended;
  return [
    ...(status === 'FAILED' && error !== undefined ? [] : [`the run ended ${status} with ${error}`]),
    ...((await prepared.judgeFailed?.()) ?? []),
    ...(await prepared.mended()),
  ];
}

function plantAt(cloud: MachineCloud, step: string, fault: Planted): void {
  const name = `${step.charAt(0).toLowerCase()}${step.slice(1)}`;
  const scripted = cloud.overrides.get(name);
  let planted = false;
  cloud.overrides.set(name, (event, real) => {
    if (!planted) fault.plant();
    planted = true;
    return scripted ? scripted(event, real) : real();
  });
}

it.each([...laterAwsOnce, ...laterAwsForGood])('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      const times = fault.often === 'once' ? 1 : Number.POSITIVE_INFINITY;
      const { operation } = fault;
      let planted = false;
      return withFault(fault, fault.often as 'once' | 'for good', cloud, {
        plant: () => {
          planted = true;
          proxy.plant({ operation, effect: awsEffect(fault), times });
        },
        heal: () => (planted ? proxy.heal() : 0),
      });
    }),
  ),
);

it.each([...laterGrafanaOnce, ...laterGrafanaForGood])('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud }) => {
      const times = fault.often === 'once' ? 1 : Number.POSITIVE_INFINITY;
      let heal = () => 0;
      return withFault(fault, fault.often as 'once' | 'for good', cloud, {
        plant: () => {
          heal = cloud.grafana.plant({ route: fault.route, ...grafanaEffect(fault), times });
        },
        heal: () => heal(),
      });
    }),
  ),
);
