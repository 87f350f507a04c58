import { connectGrafana } from '../../../functions/adapters/grafana-http';
import type { Grafana } from '../../../functions/domain/grafana';
import { SERVICE_ACCOUNT_NAME } from '../../../functions/domain/naming';
import type { Amg } from '../../../functions/domain/workspace';
import { systemClock } from '../../../functions/shared/clock';

type Body = Readonly<Record<string, unknown>>;

const provisioning = '/api/v1/provisioning';
const ours = 'grafana-observability';
const group = `${provisioning}/folder/${ours}/rule-groups/stack`;
const headers = { 'X-Disable-Provenance': 'true' };

/** A person with a service account of their own in the workspace, which stays. */
export async function person(amg: Amg, workspace: { readonly id: string; readonly url: string }) {
  const { id } = await amg.createServiceAccount(workspace.id, 'person', 'ADMIN');
  const { key } = await amg.mintToken(workspace.id, id, 'person', 7200);
  const token = { current: async () => key, renew: async () => key };
  return besideUsers(connectGrafana(workspace.url, systemClock, token), amg, workspace.id);
}

/** What a user has in the workspace, and what they change by hand in what the setup makes. */
function besideUsers(grafana: Grafana, amg: Amg, workspaceId: string) {
  const get = async (path: string) => (await grafana.request('GET', path)).body as Body;
  const send = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
    grafana.request(method, path, { headers, ...(body !== undefined && { body }) });

  /** Of a user: in their folder and in ours, beside our items and as copies of them, with our marks. */
  async function makeOneOfEverything(): Promise<void> {
    await send('PUT', `/api/folders/${ours}`, { title: 'Observability stack', description: 'Ask me', overwrite: true });
    await send('POST', '/api/folders', { uid: 'theirs', title: 'Theirs', description: 'Of a user' });
    const { dashboard } = await get('/api/dashboards/uid/service-overview');
    for (const [uid, folderUid, model] of [
      ['own', 'theirs', { title: 'Own', panels: [] }],
      ['own-in-ours', ours, { title: 'Own', panels: [] }],
      ['copy', ours, { ...(dashboard as Body), title: 'Copy' }],
    ] as const)
      await send('POST', '/api/dashboards/db', { dashboard: { ...model, id: null, uid }, folderUid });
    const source = { uid: 'theirs', name: 'Theirs', type: 'loki', access: 'proxy', url: 'http://theirs', jsonData: {} };
    await send('POST', '/api/datasources', source);
    const email = { type: 'email', settings: { addresses: 'me@example.com' } };
    await send('POST', `${provisioning}/contact-points`, { uid: 'theirs', name: 'Theirs', ...email });
    await send('POST', `${provisioning}/contact-points`, { uid: 'beside', name: 'Stack alerts (SNS)', ...email });
    const { id: _, ...rule } = await get(`${provisioning}/alert-rules/no-data`);
    for (const [uid, folderUID, ruleGroup] of [
      ['own-rule', 'theirs', 'theirs'],
      ['rule-in-ours', ours, 'theirs'],
      ['rule-in-our-group', ours, 'stack'],
    ])
      await send('POST', `${provisioning}/alert-rules`, {
        ...{ ...rule, uid, folderUID, ruleGroup, title: uid, labels: { team: 'theirs' }, isPaused: true },
      });
    await send('POST', `${provisioning}/mute-timings`, { name: 'Nights', time_intervals: [{ weekdays: ['sunday'] }] });
    await send('PUT', `${provisioning}/templates/theirs`, { template: '{{ define "x" }}y{{ end }}' });
    const { routes, ...tree } = await get(`${provisioning}/policies`);
    const route = { receiver: 'Theirs', object_matchers: [['team', '=', 'theirs']], mute_time_intervals: ['Nights'] };
    await send('PUT', `${provisioning}/policies`, { ...tree, routes: [route, ...(routes as Body[])] });
  }

  /** Everything of the user, as the workspace returns it. */
  async function theirs(): Promise<string> {
    const points = (await get(`${provisioning}/contact-points`)) as unknown as readonly Body[];
    const { routes, ...root } = await get(`${provisioning}/policies`);
    const accounts = await amg.serviceAccounts(workspaceId);
    const found: unknown[] = [
      ...(await Promise.all(
        [
          '/api/folders/theirs',
          ...['own', 'own-in-ours', 'copy'].map((uid) => `/api/dashboards/uid/${uid}`),
          '/api/datasources/uid/theirs',
          ...['own-rule', 'rule-in-ours', 'rule-in-our-group'].map((uid) => `${provisioning}/alert-rules/${uid}`),
          `${provisioning}/mute-timings`,
          `${provisioning}/templates`,
        ].map(get),
      )),
      points.filter(({ uid }) => uid !== 'stack-alerts'),
      root,
      (await get(`/api/folders/${ours}`))['description'],
      (routes as readonly Body[]).filter(({ receiver }) => receiver === 'Theirs'),
      accounts.filter(({ name }) => name !== SERVICE_ACCOUNT_NAME),
    ];
    return JSON.stringify(found, undefined, 1);
  }

  /**
   * Without what the repair of our items shows beside theirs: the title of our folder, and the time at which our rule
   * group was written with all of its rules.
   */
  const withoutOurs = (text: string) => text.replaceAll(/"(updated|folderTitle|folderUrl)": "[^"]*"/g, '');

  /** A change made by hand of each kind, and the row of the verification that names it. */
  const changes: readonly (readonly [told: RegExp, make: () => Promise<unknown>])[] = [
    [
      /data source Loki drifted \(jsonData\.httpHeaderName1/,
      async () => {
        const { version: _, ...loki } = await get('/api/datasources/uid/loki');
        const jsonData = { ...(loki['jsonData'] as Body), httpHeaderName1: 'X-Scope-OrgID' };
        return send('PUT', '/api/datasources/uid/loki', { ...loki, jsonData });
      },
    ],
    [
      /folder Observability stack drifted \(title: "Mine"/,
      () => send('PUT', `/api/folders/${ours}`, { title: 'Mine', overwrite: true }),
    ],
    [
      /dashboard Runbook drifted \(panels\[0\]\.title: "Mine"/,
      async () => {
        const { dashboard } = (await get('/api/dashboards/uid/runbook')) as { readonly dashboard: { panels: Body[] } };
        const [first, ...rest] = dashboard.panels;
        const panels = [{ ...first, title: 'Mine' }, ...rest];
        return send('POST', '/api/dashboards/db', {
          dashboard: { ...dashboard, panels },
          folderUid: ours,
          overwrite: true,
        });
      },
    ],
    [/dashboard Logs drifted \(missing\)/, () => send('DELETE', '/api/dashboards/uid/logs')],
    [
      /contact point Stack alerts \(SNS\) drifted \(disableResolveMessage: true/,
      async () => {
        const points = (await get(`${provisioning}/contact-points`)) as unknown as readonly Body[];
        const point = points.find(({ uid }) => uid === 'stack-alerts');
        await send('PUT', `${provisioning}/contact-points/stack-alerts`, { ...point, disableResolveMessage: true });
      },
    ],
    [
      /alert rule No data from the service drifted \(paused/,
      async () => {
        const rule = await get(`${provisioning}/alert-rules/no-data`);
        await send('PUT', `${provisioning}/alert-rules/no-data`, { ...rule, isPaused: true });
      },
    ],
    [
      /alert rule Error budget burns fast drifted \(missing\)/,
      () => send('DELETE', `${provisioning}/alert-rules/slo-burn`),
    ],
    [
      /rule group stack drifted \(evaluated every 3600 s/,
      async () => send('PUT', group, { ...(await get(group)), interval: 3600 }),
    ],
    [
      /notification policy drifted \(muted at the times of Nights/,
      async () => {
        const { routes, ...tree } = (await get(`${provisioning}/policies`)) as { readonly routes: readonly Body[] };
        const muted = routes.map((route) =>
          route['receiver'] === 'Theirs' ? route : { ...route, mute_time_intervals: ['Nights'] },
        );
        return send('PUT', `${provisioning}/policies`, { ...tree, routes: muted });
      },
    ],
    // Last, because Grafana refuses to write a rule whose data source is missing.
    [/data source CloudWatch drifted \(missing\)/, () => send('DELETE', '/api/datasources/uid/cloudwatch')],
  ];

  return { makeOneOfEverything, theirs, withoutOurs, changes };
}
