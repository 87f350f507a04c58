import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { connectEcs } from '../../../functions/adapters/ecs';
import { LOCK_KEY, SERVICE_ACCOUNT_NAME, TOKEN_PREFIX } from '../../../functions/domain/naming';
import type { MachineCloud } from '../../statemachine/support/machine-cloud';
import { objects, tokensLeft } from '../../statemachine/support/scenario';
import type { Scenario } from '../expected/scenario';
import { changeByHand } from './change-by-hand';
import { failureOf, notSucceeded, notUnchanged, notWhole } from './control-plane';
import { teardownThatExports } from './export-scenario';
import type { Prepared } from './prepared';
import type { Problems } from './try-fault';

export async function prepare(scenario: Scenario, cloud: MachineCloud): Promise<Prepared> {
  return scenarios[scenario](cloud);
}

const scenarios: Readonly<Record<Scenario, (cloud: MachineCloud) => Promise<Prepared>>> = {
  'a first setup': async (cloud) => succeeding(cloud),

  'a setup without the plugin': async (cloud) => {
    // The stand-in always has the plugin in Grafana 12, so its absence is reported once.
    cloud.grafana.plant({ route: 'GET /api/plugins/*', kind: 'error', status: 404 });
    return succeeding(cloud);
  },

  'a setup after changes': async (cloud) => {
    await mustSucceed(cloud);
    await changeByHand(cloud);
    return succeeding(cloud);
  },

  'a setup after a dead one': async (cloud) => {
    const arn = Promise.withResolvers<string>();
    const stopped = Promise.withResolvers<void>();
    cloud.overrides.set('applyDashboard', async () => {
      await mintToken(cloud);
      await cloud.stop(await arn.promise);
      stopped.resolve();
      throw new Error('the execution was stopped');
    });
    const started = await cloud.start('setup');
    arn.resolve(started);
    await stopped.promise;
    await cloud.ended(started);
    cloud.overrides.delete('applyDashboard');
    return succeeding(cloud);
  },

  'a setup with a stray token': async (cloud) => {
    cloud.overrides.set('judgeResults', async (_, real) => {
      await mintToken(cloud);
      return real();
    });
    return succeeding(cloud);
  },

  'a setup with a failed service': async (cloud) => {
    cloud.ecs.answers.describe = (names) => ({
      services: names.map((name) => ({
        ...cloud.ecs.steady(name),
        runningCount: 0,
        deployments: [{ status: 'PRIMARY', rolloutState: 'FAILED' }],
      })),
      failures: [],
    });
    cloud.ecs.answers.tasks = [{ stoppedReason: 'Essential container in task exited', containers: [] }];
    return failing(cloud, 'ServicesNotSteady', () => cloud.ecs.reset());
  },

  'a setup that fails': async (cloud) => {
    const heal = cloud.grafana.plant({
      route: 'POST /api/dashboards/db',
      kind: 'error',
      status: 403,
      times: Number.POSITIVE_INFINITY,
    });
    return failing(cloud, 'GrafanaRejected', heal);
  },

  'a setup after a removal': async (cloud) => {
    await mustSucceed(cloud);
    const { RULES = '', ALARMS = '', SERVICES = '', CLUSTER = '', TESTER_FUNCTION = '' } = cloud.environment;
    for (const rule of RULES.split(',')) await cloud.schedules.disable(rule);
    await cloud.alarms.disableActions(ALARMS.split(','));
    for (const service of SERVICES.split(',')) await connectEcs().scale(CLUSTER, service, 0);
    await cloud.networks.place(TESTER_FUNCTION, { subnetIds: [], securityGroupIds: [] });
    await cloud.networks.settled(TESTER_FUNCTION);
    return succeeding(cloud);
  },

  'a teardown': async (cloud) => {
    await mustSucceed(cloud);
    const Bucket = cloud.environment['DATA_BUCKETS'];
    for (const Body of ['one', 'two']) await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'data/one', Body }));
    await cloud.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'data/half' }));
    cloud.leaveInterface();
    return {
      machine: 'teardown',
      judge: async (ended) => [...failureOf(ended), ...(await notGone(cloud))],
      undo: () => undefined,
      mended: async () => [...failureOf(await cloud.run('teardown')), ...(await notGone(cloud))],
    };
  },

  'a teardown that exports': teardownThatExports,
};

function succeeding(cloud: MachineCloud): Prepared {
  return {
    machine: 'setup',
    judge: async (ended) => [...failureOf(ended), ...(await notWhole(cloud)), ...(await notUnchanged(cloud))],
    undo: () => undefined,
    mended: async () => setUpAgain(cloud),
  };
}

function failing(cloud: MachineCloud, error: string, undo: () => unknown): Prepared {
  return {
    machine: 'setup',
    judge: async (ended) => [
      ...(ended.status === 'FAILED' && ended.error === error ? [] : [`ended ${ended.status} with ${ended.error}`]),
      ...((await tokensLeft(cloud)) === 0 ? [] : ['a token is left']),
      ...((await objects(cloud)).has(LOCK_KEY) ? ['a lock is left'] : []),
    ],
    undo,
    mended: async () => setUpAgain(cloud),
  };
}

async function setUpAgain(cloud: MachineCloud): Promise<Problems> {
  return [...(await notSucceeded(cloud)), ...(await notWhole(cloud))];
}

async function notGone(cloud: MachineCloud): Promise<Problems> {
  const problems: string[] = [];
  const { length } = cloud.grafana.workspaces();
  if (length > 0) problems.push(`${length} workspaces are left`);
  if (cloud.interfaces().length > 0) problems.push(`${cloud.interfaces().length} network interfaces are left`);
  for (const Bucket of [cloud.auditBucket, cloud.environment['DATA_BUCKETS']]) {
    const { Versions = [], DeleteMarkers = [] } = await cloud.s3.send(new ListObjectVersionsCommand({ Bucket }));
    const { Uploads = [] } = await cloud.s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const left = Versions.length + DeleteMarkers.length + Uploads.length;
    if (left > 0) problems.push(`${left} versions and uploads are left in ${Bucket}`);
  }
  return problems;
}

async function mustSucceed(cloud: MachineCloud): Promise<void> {
  const problems = await notSucceeded(cloud);
  if (problems.length > 0) throw new Error(`before the fault: ${problems.join('; ')}`);
}

async function mintToken(cloud: MachineCloud): Promise<void> {
  for (const { id } of cloud.grafana.workspaces()) {
    const account = (await cloud.amg.serviceAccounts(id)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
    if (account) await cloud.amg.mintToken(id, account.id, `${TOKEN_PREFIX}stray-${Math.random()}`, 600);
  }
}
