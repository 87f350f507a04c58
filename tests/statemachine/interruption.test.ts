import { PutObjectCommand } from '@aws-sdk/client-s3';
import { contentsOf } from '../helpers/full-bucket';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { hurryRetries, inventory } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

/** Each function of the machine: the run is stopped when its work is done and before the machine hears of it. */
const points = [
  'takeLock',
  'planSetup',
  'startServices',
  'awaitServices',
  'resumeAutomation',
  'tester',
  'createWorkspace',
  'checkWorkspace',
  'configureWorkspace',
  'checkConfiguration',
  'grantAccess',
  'openAccess',
  'installPlugins',
  'applyDataSource',
  'applyDashboard',
  'applyAlertingPart',
  'verifySignal',
  'judgeResults',
  'closeAccess',
  'publishReport',
];

/** Starts a run and stops it when the work of the function `name` is done and before the machine hears of it. */
async function stopIn(cloud: MachineCloud, machine: 'setup' | 'teardown', name: string): Promise<void> {
  let arn = '';
  const scripted = cloud.overrides.get(name);
  const done = new Promise<void>((resolve, reject) => {
    cloud.overrides.set(name, async (event, real) => {
      try {
        const result = await (scripted ? scripted(event, real) : real());
        await cloud.stop(arn);
        resolve();
        return result;
      } catch (error) {
        reject(error);
        throw error;
      }
    });
  });
  arn = await cloud.start(machine);
  await done;
  expect((await cloud.ended(arn)).status).toBe('ABORTED');
  if (scripted) cloud.overrides.set(name, scripted);
  else cloud.overrides.delete(name);
}

it.each(points)('a setup stopped in %s and run again ends well with nothing doubled', async (name) => {
  const cloud = await startMachineCloud();
  try {
    await stopIn(cloud, 'setup', name);
    const second = await cloud.run('setup');
    expect({ status: second.status, cause: second.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(await inventory(cloud)).toEqual({
      workspaces: 1,
      accounts: 1,
      tokens: 0,
      dataSources: 4,
      dashboards: 6,
      folders: 1,
      rules: expect.any(Number),
    });
  } finally {
    await cloud.close();
  }
});

/** The functions of the teardown machine, in its order. */
const teardownPoints = [
  'takeLock',
  'pauseAutomation',
  'deleteWorkspace',
  'stopServices',
  'checkDeletion',
  'emptyBuckets',
  'closeAccess',
  'publishReport',
];

it.each(teardownPoints)('a teardown stopped in %s and run again leaves nothing', async (name) => {
  const cloud = await startMachineCloud();
  try {
    expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
    await cloud.s3.send(new PutObjectCommand({ Bucket: 'data-bucket', Key: 'a', Body: 'a' }));
    await stopIn(cloud, 'teardown', name);

    const second = await cloud.run('teardown');
    expect({ status: second.status, cause: second.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(cloud.grafana.workspaces()).toEqual([]);
    const nothing = { versions: 0, markers: 0, uploads: 0 };
    expect(await contentsOf(cloud.s3, 'data-bucket')).toEqual(nothing);
    expect(await contentsOf(cloud.s3, cloud.auditBucket)).toEqual(nothing);
  } finally {
    await cloud.close();
  }
});
