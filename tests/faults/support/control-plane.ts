import { LOCK_KEY } from '../../../functions/domain/naming';
import { content } from '../../../functions/shared/content';
import { createDirectory } from '../../../local/aws/identity';
import type { Ended, MachineCloud, MachineCloudOptions } from '../../statemachine/support/machine-cloud';
import { startMachineCloud } from '../../statemachine/support/machine-cloud';
import { inventory, objects } from '../../statemachine/support/scenario';
import { type AwsFaultProxy, startAwsFaultProxy } from './aws-fault-proxy';
import type { Problems } from './try-fault';

export interface FaultyCloud {
  readonly cloud: MachineCloud;
  readonly proxy: AwsFaultProxy;
}

/** A cloud whose functions call AWS through the fault proxy, with a user in Identity Center to grant access to. */
export async function withFaultyCloud<Result>(
  work: (faulty: FaultyCloud) => Promise<Result>,
  options: MachineCloudOptions = {},
): Promise<Result> {
  const proxy = await startAwsFaultProxy();
  const directory = createDirectory();
  const cloud = await startMachineCloud({
    ...options,
    grafana: { directory, ...options.grafana },
    environment: {
      AWS_ENDPOINT_URL: proxy.url,
      GRAFANA_ADMINS: directory.entries[0]?.id ?? '',
      ...options.environment,
    },
  });
  proxy.pointAt(cloud.kernel.endpoint);
  try {
    return await work({ cloud, proxy });
  } finally {
    await cloud.close();
    await proxy.close();
  }
}

const whole = {
  workspaces: 1,
  accounts: 1,
  tokens: 0,
  dataSources: 4,
  dashboards: content.dashboards.length,
  folders: 1,
  rules: content.rules.length,
};

/** Checks the state after a successful setup: one of everything, no token, no lock. */
export async function notWhole(cloud: MachineCloud): Promise<Problems> {
  const counted: Readonly<Record<string, number>> = await inventory(cloud);
  const wrong = Object.entries(whole)
    .filter(([name, count]) => counted[name] !== count)
    .map(([name, count]) => `${counted[name] ?? 'no'} ${name} instead of ${count}`);
  return (await objects(cloud)).has(LOCK_KEY) ? [...wrong, 'a lock is left'] : wrong;
}

/** Runs a setup. Returns the problems when it does not succeed. */
export async function notSucceeded(cloud: MachineCloud): Promise<Problems> {
  return failureOf(await cloud.run('setup'));
}

export function failureOf({ status, error, cause }: Ended): Problems {
  return status === 'SUCCEEDED' ? [] : [`${status} with ${error}: ${cause?.slice(0, 200)}`];
}

/** Runs a setup that must change nothing. */
export async function notUnchanged(cloud: MachineCloud): Promise<Problems> {
  const from = await cloud.journalLength();
  const failed = await notSucceeded(cloud);
  // An alert that fires between two runs is not a change by the setup.
  const changes = (await cloud.changes(from)).filter((change) => !change.startsWith('grafana-http NOTIFY '));
  return changes.length === 0 ? failed : [...failed, `a second run changed ${changes.join(', ')}`];
}
