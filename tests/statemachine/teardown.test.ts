import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { contentsOf, fillBucket, filled } from '../helpers/full-bucket';
import { type MachineCloud, type MachineCloudOptions, startMachineCloud } from './support/machine-cloud';
import { expectCleanFailure, hurryRetries } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

async function withCloud(work: (cloud: MachineCloud) => Promise<void>, options?: MachineCloudOptions): Promise<void> {
  const cloud = await startMachineCloud(options);
  try {
    await work(cloud);
  } finally {
    await cloud.close();
  }
}

const left = async ({ s3 }: MachineCloud, Bucket: string) => {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  return Versions.length + DeleteMarkers.length;
};

it('stops the services, deletes the workspace, and empties every bucket, the audit trail last', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await cloud.s3.send(new PutObjectCommand({ Bucket: 'data-bucket', Key: 'a', Body: 'a' }));
    const down = await cloud.run('teardown');
    expect({ status: down.status, cause: down.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    const order = [
      'DeleteWorkspace',
      'PauseAutomation',
      'DetachTester',
      'StopServices',
      'CheckDeletion',
      'EmptyBuckets',
      'CloseAccess',
      'PublishReport',
      'EmptyAuditBucket',
      'Done',
    ];
    expect(down.visited.filter((name, index, all) => order.includes(name) && all.indexOf(name) === index)).toEqual(
      order,
    );
    expect(cloud.grafana.workspaces()).toEqual([]);
    expect(cloud.interfaces()).toEqual([]);
    expect([await left(cloud, 'data-bucket'), await left(cloud, cloud.auditBucket)]).toEqual([0, 0]);
  }));

it('can run again, and then finds nothing to do', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await cloud.run('teardown');
    const again = await cloud.run('teardown');
    expect(again).toMatchObject({
      status: 'SUCCEEDED',
      output: {
        pauseAutomation: { outcome: 'unchanged' },
        detachTester: { outcome: 'unchanged' },
        deleteWorkspace: { outcome: 'unchanged' },
        emptyBuckets: { outcome: 'unchanged' },
      },
    });
  }));

describe('a removal with schedules, alarms and services', () => {
  const silent = { rules: ['DISABLED', 'DISABLED'], actions: [false, false] };
  const armed = { rules: ['ENABLED', 'ENABLED'], actions: [true, true] };

  it('pauses schedules and alarms before services stop, and after the deletion of the workspace, whose rules watch the tester', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      const seen = new Map<string, unknown[]>();
      for (const name of ['deleteWorkspace', 'stopServices']) {
        cloud.overrides.set(name, async (_event, real) => {
          seen.set(name, [...(seen.get(name) ?? []), await cloud.automation()]);
          return real();
        });
      }
      expect((await cloud.run('teardown')).status).toBe('SUCCEEDED');
      expect(seen.get('deleteWorkspace')).toEqual([armed]);
      expect(new Set(seen.get('stopServices')?.map((state) => JSON.stringify(state)))).toEqual(
        new Set([JSON.stringify(silent)]),
      );
    }));

  it('leaves schedules, alarms and services on if the workspace cannot be deleted: a silent tester would raise an alert', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      cloud.overrides.set('deleteWorkspace', async () => {
        throw Object.assign(new Error('it broke'), { name: 'Broken' });
      });
      expect(await cloud.run('teardown')).toMatchObject({ status: 'FAILED' });
      expect(await cloud.automation()).toEqual(armed);
      expect(cloud.grafana.workspaces()).toHaveLength(1);
    }));

  it('fails halfway, and the next setup restores schedules, alarms and services and reports it', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      cloud.grafana.plant({ kind: 'becomes', operation: 'DeleteWorkspace', status: 'DELETION_FAILED' });
      expect(await cloud.run('teardown')).toMatchObject({ status: 'FAILED' });
      expect(await cloud.automation()).toEqual(silent);

      const verified = await cloud.run('setup', { mode: 'verify' });
      // Every state tells its own, although the broken workspace ends the run in the middle.
      expect(verified).toMatchObject({ status: 'FAILED', error: 'DriftFound' });
      for (const row of [
        'StartServices: service is to run 0',
        'AttachTester: stack-tester is not in',
        'ResumeAutomation: rule',
      ])
        expect(verified.cause).toContain(row);
      expect(await cloud.automation()).toEqual(silent);

      const [broken] = cloud.grafana.workspaces();
      await cloud.amg.delete(broken?.id ?? '');
      const mended = await cloud.run('setup');
      expect({ status: mended.status, cause: mended.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(mended.output).toMatchObject({
        startServices: { outcome: 'updated', detail: expect.stringContaining('service 0 → 2') },
        attachTester: { outcome: 'updated', detail: expect.stringMatching(/^stack-tester is back in subnet-/) },
        resumeAutomation: {
          outcome: 'updated',
          detail: expect.stringMatching(/stack-tester: DISABLED instead of ENABLED.*alarms without actions: stack-/),
        },
      });
      expect(await cloud.automation()).toEqual(armed);
      expect((await cloud.run('setup')).output).toMatchObject({
        startServices: { outcome: 'unchanged' },
        attachTester: { outcome: 'unchanged' },
        resumeAutomation: { outcome: 'unchanged' },
      });
    }));

  it('a verification fails for a tester outside its subnets with its name and the remedy, and changes nothing', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      await cloud.networks.place('stack-tester', { subnetIds: [], securityGroupIds: [] });
      const from = await cloud.journalLength();
      expect(await cloud.run('setup', { mode: 'verify' })).toMatchObject({
        status: 'FAILED',
        error: 'DriftFound',
        cause: expect.stringMatching(/stack-tester is not in the stack's subnets.*Run sls setup/s),
      });
      expect(await cloud.changes(from)).toEqual([]);
    }));

  it('a schedule that somebody switched off is drift', () =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      await cloud.schedules.disable('stack-tester');
      const from = await cloud.journalLength();
      expect(await cloud.run('setup', { mode: 'verify' })).toMatchObject({
        status: 'FAILED',
        error: 'DriftFound',
        cause: expect.stringContaining('resumeAutomation: rule stack-tester: DISABLED instead of ENABLED'),
      });
      expect(await cloud.changes(from)).toEqual([]);
    }));

  it('leaves a schedule off where the stage has it off, and switches one off that runs', () =>
    withCloud(
      async (cloud) => {
        const run = await cloud.run('setup');
        expect(run.output['resumeAutomation']).toMatchObject({
          outcome: 'updated',
          detail: 'rule stack-nightly-verify: ENABLED instead of DISABLED',
        });
        expect(await cloud.automation()).toMatchObject({ rules: ['ENABLED', 'DISABLED'] });
      },
      { environment: { NIGHTLY_VERIFY: 'DISABLED' } },
    ));

  it('ignores missing rules and alarms after a partly failed deploy', () =>
    withCloud(async (cloud) => {
      process.env['RULES'] = 'no-such-rule';
      process.env['ALARMS'] = 'no-such-alarm';
      expect(await cloud.run('teardown')).toMatchObject({
        status: 'SUCCEEDED',
        output: { pauseAutomation: { outcome: 'unchanged' } },
      });
    }));
});

it('gives the services their time to stop, and Lambda its 45 minutes, however long the export and the workspace took', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    const at: Record<string, number> = {};
    const given: Record<string, Record<string, string>> = {};
    for (const name of ['deleteWorkspace', 'detachTester', 'stopServices', 'checkDeletion']) {
      cloud.overrides.set(name, async (event, real) => {
        at[name] ??= Date.now();
        given[name] ??= event as Record<string, string>;
        return real();
      });
    }
    expect((await cloud.run('teardown')).status).toBe('SUCCEEDED');
    expect(Date.parse(given['stopServices']?.['since'] ?? '')).toBeGreaterThanOrEqual(at['deleteWorkspace'] ?? 0);
    const minutes = (Date.parse(given['checkDeletion']?.['deadline'] ?? '') - (at['detachTester'] ?? 0)) / 60_000;
    expect(minutes).toBeGreaterThan(45);
  }));

it('succeeds after the workspace was deleted by hand', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await cloud.amg.delete(cloud.grafana.workspaces()[0]?.id ?? '');
    expect(await cloud.run('teardown')).toMatchObject({ status: 'SUCCEEDED' });
  }));

it('never touches a workspace of the same name that is not the stack’s', () =>
  withCloud(async (cloud) => {
    await cloud.amg.create({
      name: 'stack',
      clientToken: 'somebody-else',
      grafanaVersion: '12.4',
      roleArn: cloud.environment['WORKSPACE_ROLE_ARN'] ?? '',
      vpc: {
        subnetIds: (cloud.environment['SUBNET_IDS'] ?? '').split(','),
        securityGroupIds: ['sg-00000000000000002'],
      },
      authenticationProviders: ['SAML'],
      configuration: {},
      tags: {},
    });
    expect(await cloud.run('teardown')).toMatchObject({
      status: 'SUCCEEDED',
      output: { deleteWorkspace: { outcome: 'unchanged' } },
    });
    expect(cloud.grafana.workspaces()).toHaveLength(1);
  }));

it('empties more than a page of objects, with versions, delete markers and unfinished uploads', () =>
  withCloud(async (cloud) => {
    const Bucket = 'data-bucket';
    await fillBucket(cloud.s3, Bucket);
    expect(await contentsOf(cloud.s3, Bucket)).toEqual(filled);
    const down = await cloud.run('teardown');
    expect({ status: down.status, cause: down.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    const total = filled.versions + filled.markers + filled.uploads;
    expect(down.output['emptyBuckets']).toMatchObject({ detail: expect.stringContaining(`data-bucket: ${total}`) });
    expect(await contentsOf(cloud.s3, Bucket)).toEqual({ versions: 0, markers: 0, uploads: 0 });
  }));

it('keeps the buckets and their contents when the stage keeps its data', () =>
  withCloud(
    async (cloud) => {
      await cloud.run('setup');
      await cloud.s3.send(new PutObjectCommand({ Bucket: 'data-bucket', Key: 'a', Body: 'a' }));
      const down = await cloud.run('teardown');
      expect(down).toMatchObject({
        status: 'SUCCEEDED',
        output: { emptyBuckets: { outcome: 'unchanged' }, emptyAuditBucket: { outcome: 'unchanged' } },
      });
      expect(await left(cloud, 'data-bucket')).toBe(1);
    },
    { environment: { KEEP_DATA: 'true' } },
  ));

it('waits until a change of the workspace has ended before it deletes the workspace', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    const planted = cloud.grafana.plant({
      kind: 'error',
      operation: 'DeleteWorkspace',
      times: 20,
      status: 409,
      code: 'ConflictException',
      message: 'The workspace is being updated',
    });
    const down = await cloud.run('teardown');
    expect({ status: down.status, cause: down.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(planted()).toBe(20);
    expect(cloud.grafana.workspaces()).toEqual([]);
  }));

it('ends FAILED with the remedy when the workspace cannot be deleted', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    cloud.grafana.plant({ kind: 'becomes', operation: 'DeleteWorkspace', status: 'DELETION_FAILED' });
    await expectCleanFailure(
      cloud,
      await cloud.run('teardown'),
      'CheckDeletion',
      'WorkspaceFailed',
      /DELETION_FAILED.*AMG console/,
    );
  }));

/** Breaks a function; returns a function that repairs it. */
const broken =
  (name: string) =>
  ({ overrides }: MachineCloud): (() => unknown) => {
    overrides.set(name, () => Promise.reject(Object.assign(new Error('it broke'), { name: 'Broken' })));
    return () => overrides.delete(name);
  };

/** S3 refuses every call of the function, as a bucket policy would. */
const deniedByS3 = ({ overrides }: MachineCloud): (() => unknown) => {
  overrides.set('emptyBuckets', async (_event, real) => {
    const { AWS_ACCESS_KEY_ID } = process.env;
    process.env['AWS_ACCESS_KEY_ID'] = 'nobody';
    return real().finally(() => Object.assign(process.env, { AWS_ACCESS_KEY_ID }));
  });
  return () => overrides.delete('emptyBuckets');
};

it.each([
  ['PauseAutomation', 'Broken', /it broke/, broken('pauseAutomation')],
  [
    'DeleteWorkspace',
    'AccessDeniedException',
    /no such right/,
    ({ grafana }: MachineCloud) =>
      grafana.plant({
        kind: 'error',
        operation: 'DeleteWorkspace',
        times: Number.POSITIVE_INFINITY,
        status: 403,
        code: 'AccessDeniedException',
        message: 'no such right',
      }),
  ],
  ['DetachTester', 'Broken', /it broke/, broken('detachTester')],
  ['StopServices', 'Broken', /it broke/, broken('stopServices')],
  ['CheckDeletion', 'Broken', /it broke/, broken('checkDeletion')],
  ['EmptyBuckets', 'ObjectNotDeleted', /data-bucket could not be deleted: InvalidAccessKeyId.*sls remove/, deniedByS3],
  ['PublishReport', 'Broken', /it broke/, broken('publishReport')],
] as const)(
  'ends FAILED with step and cause when %s fails, leaves its report, and can run again',
  (step, error, cause, arrange) =>
    withCloud(async (cloud) => {
      await cloud.run('setup');
      const mend = arrange(cloud);
      const { status, error: seen, cause: said } = await cloud.run('teardown');
      expect({ status, error: seen }).toEqual({ status: 'FAILED', error });
      expect(said).toMatch(new RegExp(`^${step} failed\\.`));
      expect(said).toMatch(cause);
      mend();
      expect(await cloud.run('teardown')).toMatchObject({ status: 'SUCCEEDED' });
      expect(cloud.grafana.workspaces()).toEqual([]);
    }),
);
