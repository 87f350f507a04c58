import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
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
      'StopServices',
      'DeleteWorkspace',
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
    expect([await left(cloud, 'data-bucket'), await left(cloud, cloud.auditBucket)]).toEqual([0, 0]);
  }));

it('can run again, and then finds nothing to do', () =>
  withCloud(async (cloud) => {
    await cloud.run('setup');
    await cloud.run('teardown');
    const again = await cloud.run('teardown');
    expect(again).toMatchObject({
      status: 'SUCCEEDED',
      output: { deleteWorkspace: { outcome: 'unchanged' }, emptyBuckets: { outcome: 'unchanged' } },
    });
  }));

it('does not mind a workspace that was deleted by hand', () =>
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

it('empties more than a page of objects, with their versions', () =>
  withCloud(async (cloud) => {
    const Bucket = 'data-bucket';
    for (let at = 0; at < 1_100; at += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          cloud.s3.send(new PutObjectCommand({ Bucket, Key: `k${(at + index) % 600}`, Body: 'x' })),
        ),
      );
    }
    const down = await cloud.run('teardown');
    expect({ status: down.status, cause: down.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(down.output['emptyBuckets']).toMatchObject({ detail: expect.stringMatching(/data-bucket: 1100/) });
    expect(await left(cloud, Bucket)).toBe(0);
  }));

it('keeps the buckets and their contents where the stage keeps its data', () =>
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
