import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Grafana } from '../../functions/domain/grafana';
import { OWNERSHIP_KEY } from '../../functions/domain/naming';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, hurryRetries, objects, recordAsMade } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

let cloud: MachineCloud;
beforeEach(async () => {
  cloud = await startMachineCloud();
  expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
});
afterEach(() => cloud.close());

const headers = { 'X-Disable-Provenance': 'true' };
const provisioning = '/api/v1/provisioning';

/**
 * Copies of the shipped content with its tag and label, inside and outside the stack's folder, with uids that start
 * like ours.
 */
async function copyAll(grafana: Grafana): Promise<void> {
  await grafana.request('POST', '/api/folders', { body: { uid: 'mine', title: 'Mine' } });
  for (const folder of ['grafana-observability', 'mine']) {
    const { body } = await grafana.request('GET', '/api/dashboards/uid/service-overview');
    const { dashboard } = body as { readonly dashboard: object };
    await grafana.request('POST', '/api/dashboards/db', {
      body: { dashboard: { ...dashboard, id: null, uid: `copy-${folder}`, title: 'Copy' }, folderUid: folder },
    });
    const rule = (await grafana.request('GET', `${provisioning}/alert-rules/no-data`)).body as object;
    await grafana.request('POST', `${provisioning}/alert-rules`, {
      body: { ...rule, id: 0, uid: `copy-${folder}`, title: 'Copy', folderUID: folder },
      headers,
    });
  }
  const points = (await grafana.request('GET', `${provisioning}/contact-points`)).body as readonly object[];
  await grafana.request('POST', `${provisioning}/contact-points`, {
    body: { ...points[0], uid: 'stack-alerts-2', name: 'Copy' },
    headers,
  });
}

async function copies(grafana: Grafana): Promise<unknown> {
  const read = async (path: string) => (await grafana.request('GET', path)).body;
  return {
    dashboards: [
      await read('/api/dashboards/uid/copy-grafana-observability'),
      await read('/api/dashboards/uid/copy-mine'),
    ],
    rules: [
      await read(`${provisioning}/alert-rules/copy-grafana-observability`),
      await read(`${provisioning}/alert-rules/copy-mine`),
    ],
    points: (await read(`${provisioning}/contact-points`)) as unknown,
  };
}

it("keeps a user's copies of what is shipped, with our marks and in our folder; verify does not count them", async () => {
  await byHand(cloud, copyAll);
  const before = await byHand(cloud, copies);
  expect(await cloud.run('setup', { mode: 'verify' })).toMatchObject({ status: 'SUCCEEDED' });
  const from = await cloud.journalLength();
  expect(await cloud.run('setup')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cloud.changes(from)).toEqual([]);
  expect(await byHand(cloud, copies)).toEqual(before);
});

it('records by uid what it made, and records nothing when nothing changes', async () => {
  const record = JSON.parse((await objects(cloud)).get(OWNERSHIP_KEY) ?? '') as Record<string, unknown>;
  expect(record).toEqual({
    workspaceId: cloud.grafana.workspaces()[0]?.id,
    dataSources: ['cloudwatch', 'loki', 'prometheus', 'tempo'],
    dashboards: ['business-operations', 'logs', 'runbook', 'service-overview', 'services', 'stack-health', 'traces'],
    rules: ['gateway-losing', 'no-data', 'server-errors-sev2', 'server-errors-sev3', 'slo-burn', 'tester-failing'],
    contactPoints: ['stack-alerts'],
  });
  await cloud.run('setup');
  expect(JSON.parse((await objects(cloud)).get(OWNERSHIP_KEY) ?? '')).toEqual(record);
});

it.each(['lost', "another workspace's"])(
  'removes nothing when its record is %s, says so, and begins a new one',
  async (which) => {
    await byHand(cloud, copyAll);
    await recordAsMade(cloud, { dashboards: ['copy-mine'] });
    if (which === 'lost') {
      await cloud.s3.send(new DeleteObjectCommand({ Bucket: cloud.auditBucket, Key: OWNERSHIP_KEY }));
    } else {
      await recordAsMade(cloud, { workspaceId: ['g-other'] } as never);
    }
    const told = /record of what the setup made unchanged: there was none/;
    const verified = await cloud.run('setup', { mode: 'verify' });
    expect(verified.status).toBe('SUCCEEDED');
    expect(JSON.stringify(verified.output['applyDashboards'])).toMatch(told);
    const ended = await cloud.run('setup');
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.stringify(ended.output['applyDashboards'])).toMatch(told);
    const again = await cloud.run('setup');
    expect(again.status).toBe('SUCCEEDED');
    expect(JSON.stringify(again.output)).not.toMatch(told);
    expect(JSON.stringify(await byHand(cloud, copies))).toContain('"copy-mine"');
  },
);

it('keeps a contact point that is no longer shipped while a policy of a user sends to it, and says so', async () => {
  await byHand(cloud, async (grafana) => {
    await copyAll(grafana);
    const { body } = await grafana.request('GET', `${provisioning}/policies`);
    const { routes = [], ...tree } = body as { readonly routes?: readonly unknown[] };
    const theirs = { receiver: 'Copy', object_matchers: [['team', '=', 'me']] };
    await grafana.request('PUT', `${provisioning}/policies`, {
      body: { ...tree, routes: [...routes, theirs] },
      headers,
    });
  });
  await recordAsMade(cloud, { contactPoints: ['stack-alerts-2'] });
  const ended = await cloud.run('setup');
  expect(ended.status).toBe('SUCCEEDED');
  expect(JSON.stringify(ended.output['applyAlerting'])).toMatch(
    /contact point Copy unchanged: no longer shipped; it stays/,
  );
  expect(JSON.stringify(await byHand(cloud, copies))).toContain('"stack-alerts-2"');
});
