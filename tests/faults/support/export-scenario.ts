import { LOCK_KEY } from '../../../functions/domain/naming';
import type { Ended, MachineCloud } from '../../statemachine/support/machine-cloud';
import { byHand, objects } from '../../statemachine/support/scenario';
import { makeContent, removeServiceAccounts, saveInSchemaV2 } from '../../statemachine/support/users-content';
import { failureOf, notSucceeded } from './control-plane';
import type { Prepared } from './prepared';
import type { Problems } from './try-fault';

const kinds: Readonly<Record<string, number>> = {
  folder: 2,
  'data source': 1,
  dashboard: 2,
  'contact point': 1,
  'mute timing': 1,
  'notification template': 1,
  rule: 2,
  'rule group': 1,
};

/** A teardown of a stack that keeps its data, with content for every call of the export. */
export async function teardownThatExports(cloud: MachineCloud): Promise<Prepared> {
  const problems = await notSucceeded(cloud);
  if (problems.length > 0) throw new Error(`before the fault: ${problems.join('; ')}`);
  await byHand(cloud, async (grafana) => {
    await makeContent(grafana);
    await saveInSchemaV2(grafana, 'mine');
  });
  await removeServiceAccounts(cloud);
  cloud.leaveInterface();
  // The cloud restores the environment when it closes.
  process.env['KEEP_DATA'] = 'true';
  const judge = async (ended: Ended): Promise<Problems> => [
    ...(await notExported(cloud, ended, 'everything')),
    ...(await notGone(cloud)),
  ];
  return {
    machine: 'teardown',
    judge,
    judgeLeftOut: async (ended) => [
      ...(await notExported(cloud, ended, 'all but one kind')),
      ...(await notGone(cloud)),
    ],
    judgeFailed: async () => [
      ...(cloud.grafana.workspaces().length === 1 ? [] : ['the workspace is gone']),
      ...(await lockLeft(cloud)),
    ],
    undo: () => undefined,
    mended: async () => judge(await cloud.run('teardown')),
  };
}

async function notExported(
  cloud: MachineCloud,
  ended: Ended,
  wanted: 'everything' | 'all but one kind',
): Promise<Problems> {
  const prefix = `exports/${ended.arn.split(':').at(-1)}/`;
  const files = new Map([...(await objects(cloud))].filter(([key]) => key.startsWith(prefix)));
  const { exported = {}, notExported: refused = [] } = JSON.parse(files.get(`${prefix}manifest.json`) ?? '{}') as {
    readonly exported?: Readonly<Record<string, number>>;
    readonly notExported?: readonly string[];
  };
  const missing = Object.entries(kinds).filter(([kind, count]) => exported[kind] !== count);
  const told = Object.values(exported).reduce((sum, count) => sum + count, 0);
  const expected = wanted === 'everything' ? 0 : 1;
  const { detail = '' } = (ended.output['exportContent'] ?? {}) as { readonly detail?: string };
  return [
    ...failureOf(ended),
    ...(missing.length === expected ? [] : [`exported ${JSON.stringify(exported)}`]),
    ...(refused.length === expected ? [] : [`not exported: ${refused.join('; ') || 'nothing'}`]),
    ...(files.size === told + 1 ? [] : [`${files.size} files for ${told} and the manifest`]),
    ...refused.filter((gap) => !detail.includes(gap)).map((gap) => `the result does not say: ${gap}`),
  ];
}

async function notGone(cloud: MachineCloud): Promise<Problems> {
  return [
    ...(cloud.grafana.workspaces().length === 0 ? [] : ['a workspace is left']),
    ...(cloud.interfaces().length === 0 ? [] : ['a network interface is left']),
    ...(await lockLeft(cloud)),
  ];
}

const lockLeft = async (cloud: MachineCloud) => ((await objects(cloud)).has(LOCK_KEY) ? ['a lock is left'] : []);
