import { applyAlertingPart } from '../../functions/apply-alerting-part/apply-alerting-part';
import { applyDashboard } from '../../functions/apply-dashboard/apply-dashboard';
import { applyDataSource } from '../../functions/apply-data-source/apply-data-source';
import { PROVISIONING } from '../../functions/domain/alerting/provisioning';
import { type Check, isOpen } from '../../functions/domain/checks/check';
import { contactPointChecks } from '../../functions/domain/checks/contact-point';
import { defaultDataSourceCheck } from '../../functions/domain/checks/default-data-source';
import { ruleChecks } from '../../functions/domain/checks/rules';
import type { Grafana } from '../../functions/domain/grafana';
import type { Part } from '../../functions/domain/statement/members';
import { content } from '../../functions/shared/content';
import { contentValues } from '../../functions/shared/content-values';
import { inProcessGrafana, memoryAuditStore } from './in-process-grafana';
import type { Json } from './member-changes';
import { testClock } from './test-clock';

const TOPIC = 'arn:aws:sns:eu-west-1:000000000000:alerts';
const values = contentValues({
  STACK_NAME: 'stack',
  AWS_REGION: 'eu-west-1',
  LOKI_URL: 'http://loki',
  TEMPO_URL: 'http://tempo',
  PROMETHEUS_ENDPOINT: 'http://prometheus/',
  ALERT_TOPIC_ARN: TOPIC,
  TESTER_SCHEDULE: 'ENABLED',
  SCRAPE_INTERVAL: '5s',
  TASK_CPU: 256,
  TASK_MEMORY: 512,
  STORE_CPU: 256,
  STORE_MEMORY: 1024,
});
const editable = { 'X-Disable-Provenance': 'true' };
const folderUid = content.folder.uid;

/** An item of the workspace: how a user reads and writes it, and what of the setup compares it. */
export interface Item {
  readonly part: Part;
  readonly name: string;
  read(): Promise<Json>;
  write(changed: Json): Promise<unknown>;
  remove?(): Promise<unknown>;
  run(verifyOnly: boolean): Promise<{ readonly outcome: string; readonly detail: string }>;
}

/**
 * The items that the setup makes in a workspace, each with the function of the setup that applies it. `asSeen` changes
 * what the setup's functions get for an answer.
 */
export function workspaceItems(version: string, asSeen: (grafana: Grafana) => Grafana = (grafana) => grafana) {
  const grafana = inProcessGrafana(version);
  const seen = asSeen(grafana);
  const audit = memoryAuditStore();
  const access = { workspaceId: 'g-1', endpoint: 'http://grafana', grafanaVersion: version, serviceAccountId: '1' };
  const clock = testClock();
  const deps = {
    session: async (_: never, __: string, work: never) => (work as Work)(seen),
    audit,
    content,
    values,
  };
  const get = async (path: string) => (await grafana.request('GET', path)).body as Json;
  const send = (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: Json, as: object = editable) =>
    grafana.request(method, path, { headers: { ...as }, ...(body !== undefined && { body }) });
  const alerting = (item: 'contact-point' | 'rules' | 'policy') => (verifyOnly: boolean) =>
    applyAlertingPart({ item, access, verifyOnly }, deps as never);

  const dataSources = [...new Set(content.dataSources.map(({ model }) => model.uid))].map((uid): Item => {
    const path = `/api/datasources/uid/${uid}`;
    return {
      part: 'data source',
      name: uid,
      read: () => get(path),
      write: (changed) => {
        // Grafana refuses a version that is not the stored one.
        const { version: _, ...body } = changed as Record<string, Json>;
        return send('PUT', path, body);
      },
      remove: () => send('DELETE', path),
      run: (verifyOnly) => applyDataSource({ item: uid, access, verifyOnly }, { ...deps, clock } as never),
    };
  });
  // The smallest first, so that most members are tried on a small one.
  const bySize = content.dashboards.toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length);
  const dashboards = bySize.map(
    ({ model: { uid } }): Item => ({
      part: 'dashboard',
      name: uid,
      async read() {
        const { dashboard, meta } = (await get(`/api/dashboards/uid/${uid}`)) as Record<string, Record<string, Json>>;
        return { ...dashboard, folderUid: meta?.['folderUid'] ?? null };
      },
      write(changed) {
        const { folderUid: to = null, ...dashboard } = changed as Record<string, Json>;
        return send('POST', '/api/dashboards/db', { dashboard, folderUid: to, overwrite: true });
      },
      remove: () => send('DELETE', `/api/dashboards/uid/${uid}`),
      run: (verifyOnly) =>
        applyDashboard({ item: { uids: [uid], prune: false }, access, verifyOnly, run: 'run' }, deps as never),
    }),
  );
  const rules = content.rules.map(({ uid }): Item => {
    const path = `${PROVISIONING}/alert-rules/${uid}`;
    return {
      part: 'alert rule',
      name: uid,
      read: () => get(path),
      write: (changed) => send('PUT', path, changed),
      remove: () => send('DELETE', path),
      run: alerting('rules'),
    };
  });
  const groupPath = `${PROVISIONING}/folder/${folderUid}/rule-groups/stack`;
  const group: Item = {
    part: 'rule group',
    name: 'stack',
    read: async () => {
      const { rules: _, ...rest } = (await get(groupPath)) as Record<string, Json>;
      return rest;
    },
    write: async (changed) =>
      send('PUT', groupPath, { ...((await get(groupPath)) as object), ...(changed as object) } as Json),
    run: alerting('rules'),
  };
  const folder: Item = {
    part: 'folder',
    name: folderUid,
    read: () => get(`/api/folders/${folderUid}`),
    write: (changed) => {
      const { title = '', description = '' } = changed as Record<string, Json>;
      return send('PUT', `/api/folders/${folderUid}`, { title, description, overwrite: true });
    },
    run: alerting('rules'),
  };
  const point: Item = {
    part: 'contact point',
    name: 'stack-alerts',
    read: async () =>
      ((await get(`${PROVISIONING}/contact-points`)) as { uid: string }[]).find(
        ({ uid }) => uid === 'stack-alerts',
      ) as unknown as Json,
    write: (changed) => {
      // Another type takes other settings.
      const settings = (changed as Record<string, Json>)['type'] === 'email' && {
        settings: { addresses: 'me@example.com' },
      };
      return send('PUT', `${PROVISIONING}/contact-points/stack-alerts`, {
        ...(changed as object),
        ...settings,
      } as Json);
    },
    run: alerting('contact-point'),
  };
  const policy: Item = {
    part: 'notification policy',
    name: 'our branch',
    read: async () => ((await get(`${PROVISIONING}/policies`)) as { routes: Json[] }).routes[0] as Json,
    // In place of ours; what an earlier change left beside ours goes.
    write: async (changed) =>
      send('PUT', `${PROVISIONING}/policies`, {
        ...((await get(`${PROVISIONING}/policies`)) as object),
        routes: [changed],
      } as Json),
    remove: async () =>
      send('PUT', `${PROVISIONING}/policies`, {
        ...((await get(`${PROVISIONING}/policies`)) as object),
        routes: [],
      } as Json),
    run: alerting('policy'),
  };
  const items = [...dataSources, folder, ...dashboards, point, ...rules, group, policy];
  /** Everything that the setup makes. */
  async function setUp(): Promise<void> {
    for (const { run } of [...dataSources, ...dashboards, point, rules[0] as Item, policy]) await run(false);
  }

  /** A folder, a contact point and a mute timing of users that members may name. */
  async function addTheirs(): Promise<void> {
    await send('POST', '/api/folders', { uid: 'theirs', title: 'Theirs' });
    await send('POST', `${PROVISIONING}/contact-points`, {
      uid: 'theirs',
      name: 'Theirs',
      type: 'email',
      settings: { addresses: 'me@example.com' },
    });
    await send('POST', `${PROVISIONING}/mute-timings`, { name: 'Nights', time_intervals: [] });
  }

  /** What a check calls wrong with `sls setup` as its remedy. */
  async function wrong(): Promise<readonly string[]> {
    const checks: readonly Check[] = [
      ...ruleChecks(grafana, content, clock),
      ...contactPointChecks(grafana, content, version, { send: false, alertTopicArn: TOPIC }),
      defaultDataSourceCheck(grafana, content),
    ];
    const seen = await Promise.all(checks.map((check) => check.look()));
    return seen.filter(isOpen).flatMap(({ found, remedy }) => (remedy.includes('sls setup') ? [found] : []));
  }
  return { items, setUp, addTheirs, wrong, get, send, audit };
}

type Work = (grafana: Grafana) => Promise<unknown>;
