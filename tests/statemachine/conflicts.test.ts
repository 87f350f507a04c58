import type { Grafana } from '../../functions/domain/grafana';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, hurryRetries } from './support/scenario';

jest.setTimeout(120_000);
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
const folderUid = 'grafana-observability';

interface Conflict {
  readonly title: string;
  readonly path: string;
  readonly make: (grafana: Grafana) => Promise<unknown>;
  readonly name: RegExp;
}

async function read(grafana: Grafana, path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await grafana.request('GET', path)).body as Readonly<Record<string, unknown>>;
}

/** Each deletes the stack's item and creates one of the same name with the uid `theirs`. */
const conflicts: readonly Conflict[] = [
  {
    title: 'a data source',
    path: '/api/datasources/uid/theirs',
    name: /data source Loki \(uid loki\)/,
    async make(grafana) {
      const { id: _, ...loki } = await read(grafana, '/api/datasources/uid/loki');
      await grafana.request('DELETE', '/api/datasources/uid/loki');
      await grafana.request('POST', '/api/datasources', { body: { ...loki, uid: 'theirs' } });
    },
  },
  {
    title: 'a folder',
    path: '/api/folders/theirs',
    name: /folder Observability stack \(uid grafana-observability\)/,
    async make(grafana) {
      await grafana.request('DELETE', `/api/folders/${folderUid}?forceDeleteRules=true`);
      await grafana.request('POST', '/api/folders', { body: { uid: 'theirs', title: 'Observability stack' } });
    },
  },
  {
    title: 'an alert rule',
    path: `${provisioning}/alert-rules/theirs`,
    name: /alert rule No data from the service \(uid no-data\)/,
    async make(grafana) {
      const { id: _, ...rule } = await read(grafana, `${provisioning}/alert-rules/no-data`);
      await grafana.request('DELETE', `${provisioning}/alert-rules/no-data`, { headers });
      await grafana.request('POST', `${provisioning}/alert-rules`, { body: { ...rule, uid: 'theirs' }, headers });
    },
  },
];

it.each(conflicts)(
  'ends with the names of both when $title of a user has the name of ours, and changes neither',
  async ({ make, path, name }) => {
    await byHand(cloud, make);
    const before = await byHand(cloud, (grafana) => read(grafana, path));
    const verified = await cloud.run('setup', { mode: 'verify' });
    expect(verified).toMatchObject({
      error: 'DriftFound',
      cause: expect.stringMatching(/another one, with the uid theirs/),
    });
    const ended = await cloud.run('setup');
    expect(ended).toMatchObject({ status: 'FAILED', error: 'NameTaken' });
    expect(ended.cause).toMatch(name);
    expect(ended.cause).toMatch(/Rename or delete the one with the uid theirs/);
    expect(await byHand(cloud, (grafana) => read(grafana, path))).toEqual(before);
  },
);

it("overwrites no user's dashboard and names the conflicting rule on Grafana 10.4, where titles are unique in a folder and conflicts are 500", async () => {
  await cloud.close();
  cloud = await startMachineCloud({ environment: { GRAFANA_VERSION: '10.4' } });
  expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
  await byHand(cloud, async (grafana) => {
    const { dashboard } = await read(grafana, '/api/dashboards/uid/traces');
    const edited = { ...(dashboard as object), title: 'Edited' };
    await grafana.request('POST', '/api/dashboards/db', { body: { dashboard: edited, folderUid, overwrite: true } });
  });
  expect(await cloud.run('setup')).toMatchObject({ status: 'SUCCEEDED' });

  const path = '/api/dashboards/uid/theirs';
  const before = await byHand(cloud, async (grafana) => {
    await grafana.request('DELETE', '/api/dashboards/uid/runbook');
    const dashboard = { uid: 'theirs', title: 'Runbook', panels: [] };
    await grafana.request('POST', '/api/dashboards/db', { body: { dashboard, folderUid } });
    return read(grafana, path);
  });
  expect(await cloud.run('setup')).toMatchObject({
    error: 'NameTaken',
    cause: expect.stringMatching(
      /dashboard Runbook \(uid runbook\): another one in the workspace, with the uid theirs/,
    ),
  });
  expect(await byHand(cloud, (grafana) => read(grafana, path))).toEqual(before);

  await byHand(cloud, async (grafana) => {
    await grafana.request('DELETE', path);
    await conflicts.find(({ title }) => title === 'an alert rule')?.make(grafana);
  });
  expect(await cloud.run('setup')).toMatchObject({
    error: 'NameTaken',
    cause: expect.stringMatching(/alert rule No data from the service .*with the uid theirs/),
  });
});

it('repairs objects that were written without X-Disable-Provenance, and reports it', async () => {
  await byHand(cloud, async (grafana) => {
    const rule = await read(grafana, `${provisioning}/alert-rules/no-data`);
    await grafana.request('PUT', `${provisioning}/alert-rules/no-data`, { body: { ...rule, for: '2h' } });
    const points = (await read(grafana, `${provisioning}/contact-points`)) as unknown as readonly { uid: string }[];
    const ours = points.find(({ uid }) => uid === 'stack-alerts');
    await grafana.request('PUT', `${provisioning}/contact-points/stack-alerts`, {
      body: { ...ours, disableResolveMessage: true },
    });
    const { routes: _, ...tree } = await read(grafana, `${provisioning}/policies`);
    await grafana.request('PUT', `${provisioning}/policies`, { body: { ...tree, routes: [] } });
  });
  const ended = await cloud.run('setup');
  expect({ status: ended.status, cause: ended.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  const told = JSON.stringify(ended.output['applyAlerting']);
  for (const what of [
    'alert rule No data from the service',
    'contact point Stack alerts \\(SNS\\)',
    'notification policy',
  ])
    expect(told).toMatch(new RegExp(`${what} updated [^;]*: somebody had written it by Grafana's provisioning API`));
  expect((await cloud.run('setup', { mode: 'verify' })).status).toBe('SUCCEEDED');
});

/** Every way in which people on call get no alert, and verify's message about it. */
const silencings: readonly (readonly [told: RegExp, make: (grafana: Grafana) => Promise<unknown>])[] = [
  [
    /No data from the service drifted \(paused: it is not evaluated and alerts nobody/,
    changeRule('no-data', { isPaused: true }),
  ],
  [
    /Server errors \(Sev2\) drifted \(sends to the contact point Theirs instead of the stack's/,
    changeRule('server-errors-sev2', { notification_settings: { receiver: 'Theirs' } }),
  ],
  [
    /Server errors \(Sev3\) drifted \(muted or delayed by its own notification setting mute_time_intervals/,
    changeRule('server-errors-sev3', {
      notification_settings: { receiver: 'Stack alerts (SNS)', mute_time_intervals: ['Nights'] },
    }),
  ],
  [
    /has the label team besides ours/,
    async (grafana) => {
      const rule = await read(grafana, `${provisioning}/alert-rules/tester-failing`);
      const labels = { ...(rule['labels'] as object), team: 'theirs' };
      await grafana.request('PUT', `${provisioning}/alert-rules/tester-failing`, {
        body: { ...rule, labels },
        headers,
      });
    },
  ],
  [
    /rule group stack drifted \(evaluated every 3600 s instead of every 60 s/,
    async (grafana) => {
      const path = `${provisioning}/folder/${folderUid}/rule-groups/stack`;
      await grafana.request('PUT', path, { body: { ...(await read(grafana, path)), interval: 3600 }, headers });
    },
  ],
  [
    /notification policy drifted \(muted outside the times of Nights, muted at the times of Nights, continue: true/,
    async (grafana) => {
      const { routes, ...tree } = await read(grafana, `${provisioning}/policies`);
      const [ours, ...others] = routes as readonly { readonly routes: readonly object[] }[];
      const inner = ours?.routes.map((route) => ({ ...route, active_time_intervals: ['Nights'] }));
      const muted = { ...ours, continue: true, mute_time_intervals: ['Nights'], routes: inner };
      await grafana.request('PUT', `${provisioning}/policies`, {
        body: { ...tree, routes: [muted, ...others] },
        headers,
      });
    },
  ],
  [
    /basicAuth: true instead of nothing/,
    async (grafana) => {
      const loki = await read(grafana, '/api/datasources/uid/loki');
      await grafana.request('PUT', '/api/datasources/uid/loki', { body: { ...loki, basicAuth: true } });
    },
  ],
];

function changeRule(uid: string, changed: object) {
  return async (grafana: Grafana) => {
    const rule = await read(grafana, `${provisioning}/alert-rules/${uid}`);
    await grafana.request('PUT', `${provisioning}/alert-rules/${uid}`, { body: { ...rule, ...changed }, headers });
  };
}

it('reports everything that keeps an alert from people, and restores it', async () => {
  await byHand(cloud, async (grafana) => {
    await grafana.request('POST', `${provisioning}/contact-points`, {
      body: { uid: 'theirs', name: 'Theirs', type: 'email', settings: { addresses: 'me@example.com' } },
      headers,
    });
    await grafana.request('POST', `${provisioning}/mute-timings`, {
      body: { name: 'Nights', time_intervals: [] },
      headers,
    });
    for (const [, make] of silencings) await make(grafana);
  });
  const verified = await cloud.run('setup', { mode: 'verify' });
  expect(verified.error).toBe('DriftFound');
  for (const [told] of silencings) expect(verified.cause).toMatch(told);
  expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
  expect((await cloud.run('setup', { mode: 'verify' })).status).toBe('SUCCEEDED');
});
