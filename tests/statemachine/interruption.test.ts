import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { JsonObject } from '../../local/kernel/contracts';
import { contentsOf } from '../helpers/full-bucket';
import { functionsOf } from './support/functions-of';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { hurryRetries, inventory, oneOfEverything } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

/**
 * Starts a run and stops it after the function `name` has done its work and before the state machine gets the result.
 */
async function stopIn(
  cloud: MachineCloud,
  machine: 'setup' | 'teardown',
  name: string,
  input: JsonObject = {},
): Promise<void> {
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
  arn = await cloud.start(machine, input);
  await done;
  expect((await cloud.ended(arn)).status).toBe('ABORTED');
  if (scripted) cloud.overrides.set(name, scripted);
  else cloud.overrides.delete(name);
}

it.each(functionsOf('setup'))(
  'a setup that was stopped in %s succeeds when it runs again, with one of everything',
  async (name) => {
    const cloud = await startMachineCloud();
    try {
      await stopIn(cloud, 'setup', name);
      const second = await cloud.run('setup');
      expect({ status: second.status, cause: second.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(await inventory(cloud)).toEqual(oneOfEverything);
    } finally {
      await cloud.close();
    }
  },
);

it('a setup succeeds after a drill that was stopped while it waited for its alert, with one of everything', async () => {
  const cloud = await startMachineCloud();
  try {
    cloud.overrides.set('watchAlert', async () => ({
      outcome: 'done',
      detail: 'fires',
      phase: 'firing',
      since: '',
      sentAt: '',
      status: 'READY',
    }));
    await stopIn(cloud, 'setup', 'watchAlert', { mode: 'drill' });
    expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
    expect(await inventory(cloud)).toEqual(oneOfEverything);
  } finally {
    await cloud.close();
  }
});

it('a setup succeeds after a failed one that was stopped while it recorded its failure, with one of everything', async () => {
  const cloud = await startMachineCloud();
  try {
    cloud.overrides.set('applyDashboard', async () => {
      throw new Error('it broke');
    });
    await stopIn(cloud, 'setup', 'recordFailure');
    cloud.overrides.delete('applyDashboard');
    expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
    expect(await inventory(cloud)).toEqual(oneOfEverything);
  } finally {
    await cloud.close();
  }
});

it.each(functionsOf('teardown'))(
  'a teardown that was stopped in %s leaves nothing when it runs again',
  async (name) => {
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
  },
);
