import { startMachineCloud } from './support/machine-cloud';
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

it.each(points)('a setup stopped in %s and run again ends well with nothing doubled', async (name) => {
  const cloud = await startMachineCloud();
  try {
    let first = '';
    const scripted = cloud.overrides.get(name);
    const done = new Promise<void>((resolve, reject) => {
      cloud.overrides.set(name, async (event, real) => {
        try {
          const result = await (scripted ? scripted(event, real) : real());
          await cloud.stop(first);
          resolve();
          return result;
        } catch (error) {
          reject(error);
          throw error;
        }
      });
    });
    first = await cloud.start('setup');
    await done;
    expect((await cloud.ended(first)).status).toBe('ABORTED');
    if (scripted) cloud.overrides.set(name, scripted);
    else cloud.overrides.delete(name);

    const second = await cloud.run('setup');
    expect({ status: second.status, cause: second.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(await inventory(cloud)).toEqual({
      workspaces: 1,
      accounts: 1,
      tokens: 0,
      dataSources: 4,
      dashboards: 5,
      folders: 1,
      rules: expect.any(Number),
    });
  } finally {
    await cloud.close();
  }
});
