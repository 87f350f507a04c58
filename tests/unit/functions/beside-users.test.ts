import type { Grafana } from '../../../functions/domain/grafana';
import { OWNERSHIP_KEY } from '../../../functions/domain/naming';
import type { Json } from '../../helpers/member-changes';
import { type Item, workspaceItems } from '../../helpers/workspace-items';

const provisioning = '/api/v1/provisioning';
const folderUID = 'grafana-observability';
const group = `${provisioning}/folder/${folderUID}/rule-groups/stack`;

const of = (items: readonly Item[], part: Item['part'], name: string): Item =>
  items.find((item) => item.part === part && item.name === name) as Item;

/** A Grafana whose answers to one route are changed. */
const answeringOtherwise = (route: RegExp, change: (text: string) => string) => (grafana: Grafana) => ({
  request: async (...call: Parameters<Grafana['request']>) => {
    const answer = await grafana.request(...call);
    if (call[0] !== 'GET' || !route.test(call[1]) || answer.status !== 200) return answer;
    return { ...answer, body: JSON.parse(change(JSON.stringify(answer.body))) as unknown };
  },
});

describe('what Grafana stores in its own form', () => {
  it.each([
    ['dashboard', 'runbook', /dashboards\/uid\/runbook/, ['"panels":[{', '"panels":[{"byGrafana":1,']],
    ['alert rule', 'no-data', /alert-rules\/no-data/, ['"model":{', '"model":{"byGrafana":1,']],
    ['data source', 'loki', /datasources\/uid\/loki/, ['"maxLines":1000', '"maxLines":"1000"']],
    ['contact point', 'stack-alerts', /contact-points/, ['"settings":{', '"settings":{"byGrafana":1,']],
  ] as const)('is not drift of a %s, but a change by a person beside it is', async (part, name, route, [from, to]) => {
    const asSeen = answeringOtherwise(route, (text) => text.replace(from, to));
    const { items, setUp, audit } = workspaceItems('12.4', asSeen);
    await setUp();
    const item = of(items, part, name);
    expect(await item.run(true)).toMatchObject({ outcome: 'unchanged' });
    expect(await item.run(false)).toMatchObject({ outcome: 'unchanged' });
    expect(JSON.parse(audit.objects.get(OWNERSHIP_KEY) ?? '')).toHaveProperty('asStored');
    const before = JSON.stringify(await item.read());
    const { version: _, ...changed } = JSON.parse(before.replace(/"(name|title)":"/, '$&Mine ')) as object & {
      version?: unknown;
    };
    await item.write(changed as Json);
    expect((await item.run(true)).outcome).toBe('drifted');
    expect((await item.run(false)).outcome).toBe('updated');
    expect((await item.run(true)).outcome).toBe('unchanged');
  });

  it('hides no change at the end of a long text', async () => {
    const longer = answeringOtherwise(/dashboards\/uid\/runbook/, (text) =>
      text.replace(/("content":"[^"]*)"/, '$1 +"'),
    );
    const { items, setUp } = workspaceItems('12.4', longer);
    await setUp();
    const item = of(items, 'dashboard', 'runbook');
    expect((await item.run(true)).outcome).toBe('unchanged');
    const stored = JSON.stringify(await item.read());
    await item.write(JSON.parse(stored.replace(/("content":"[^"]*)"/, '$1 by hand"')) as Json);
    expect((await item.run(true)).outcome).toBe('drifted');
  });

  it('is an error where it keeps alerts from people', async () => {
    const paused = answeringOtherwise(/alert-rules\/no-data/, (text) =>
      text.replace('"isPaused":false', '"isPaused":true'),
    );
    await expect(workspaceItems('12.4', paused).setUp()).rejects.toMatchObject({
      name: 'ChangeNotKept',
      message: expect.stringMatching(/alert rule No data from the service.*paused/),
    });
  });
});

describe("a user's routes of the notification policy", () => {
  interface Route {
    readonly receiver: string;
    readonly group_wait?: string;
  }
  interface Tree {
    readonly routes: readonly Route[];
  }

  /** The workspace after a setup with the tree that `change` makes of it, put right by another setup. */
  async function afterSetup(change: (tree: Tree, ours: Route) => Tree) {
    const { items, setUp, addTheirs, get, send } = workspaceItems('12.4');
    await setUp();
    await addTheirs();
    const read = async () => (await get(`${provisioning}/policies`)) as unknown as Tree;
    const tree = await read();
    const [ours] = tree.routes;
    if (!ours) throw new Error('the setup has made no route');
    await send('PUT', `${provisioning}/policies`, change(tree, ours) as unknown as Json);
    const policy = of(items, 'notification policy', 'our branch');
    expect((await policy.run(false)).outcome).toBe('updated');
    expect((await policy.run(true)).outcome).toBe('unchanged');
    return { ours, routes: (await read()).routes };
  }

  it('stay where they are, also with our matcher, when a change to our route is put back', async () => {
    const { ours, routes } = await afterSetup((tree, own) => ({
      ...tree,
      routes: [{ ...own, receiver: 'Theirs', continue: true } as Route, { ...own, group_wait: '7m' }],
    }));
    expect(routes).toMatchObject([{ receiver: 'Theirs' }, { ...ours }]);
  });

  it('come after ours only if they take our alerts', async () => {
    const all = { receiver: 'Theirs', object_matchers: [['severity', '=~', '.*']] };
    const { ours, routes } = await afterSetup((tree) => ({ ...tree, routes: [all, ...tree.routes] }));
    expect(routes.map(({ receiver }) => receiver)).toEqual([ours.receiver, 'Theirs']);
  });
});

describe('something with a uid of ours that the setup did not make', () => {
  const theirRule = {
    title: 'Mine',
    ruleGroup: 'mine',
    condition: 'A',
    for: '1m',
    noDataState: 'OK',
    execErrState: 'Error',
  };
  const query = { type: 'math', expression: '1 > 0' };
  const data = [{ refId: 'A', datasourceUid: '__expr__', relativeTimeRange: { from: 60, to: 0 }, model: query }];
  it.each([
    [
      'data source',
      'loki',
      '/api/datasources',
      { uid: 'loki', name: 'Mine', type: 'loki', access: 'proxy', url: 'http://mine' },
    ],
    ['dashboard', 'runbook', '/api/dashboards/db', { dashboard: { uid: 'runbook', title: 'Mine', panels: [] } }],
    [
      'contact point',
      'stack-alerts',
      `${provisioning}/contact-points`,
      { uid: 'stack-alerts', name: 'Mine', type: 'email', settings: { addresses: 'me@example.com' } },
    ],
    [
      'alert rule',
      'no-data',
      `${provisioning}/alert-rules`,
      { ...theirRule, uid: 'no-data', folderUID: 'theirs', data },
    ],
  ] as const)('is told and not changed: a %s', async (part, name, path, body) => {
    const { items, addTheirs, send } = workspaceItems('12.4');
    await addTheirs();
    await send('POST', path, body as unknown as Json);
    if (part === 'alert rule')
      for (const uid of ['prometheus', 'cloudwatch']) await of(items, 'data source', uid).run(false);
    if (part === 'alert rule') await of(items, 'contact point', 'stack-alerts').run(false);
    const item = of(items, part, name);
    const before = await item.read();
    expect(await item.run(true)).toMatchObject({ outcome: 'drifted' });
    await expect(item.run(false)).rejects.toMatchObject({
      name: 'UidTaken',
      message: expect.stringMatching(new RegExp(`has its uid, ${name}\\. Save it under another uid`)),
    });
    expect(await item.read()).toEqual(before);
    await item.remove?.();
    if (item.remove) expect((await item.run(false)).outcome).toBe('added');
  });
});

describe('the contact point', () => {
  const theirs = {
    uid: 'theirs',
    name: 'Stack alerts (SNS)',
    type: 'email',
    settings: { addresses: 'me@example.com' },
  };
  const path = `${provisioning}/contact-points`;

  it('is not joined to one of a user that has its name', async () => {
    const { items, send, get } = workspaceItems('12.4');
    await send('POST', path, theirs);
    const before = await get(path);
    const point = of(items, 'contact point', 'stack-alerts');
    expect(await point.run(true)).toMatchObject({
      outcome: 'drifted',
      detail: expect.stringMatching(/another one, with the uid theirs, has its name/),
    });
    await expect(point.run(false)).rejects.toMatchObject({
      name: 'NameTaken',
      message: expect.stringMatching(/Rename or delete the one with the uid theirs/),
    });
    expect(await get(path)).toEqual(before);
  });

  it('keeps what a user adds to it, also when ours was deleted and comes back', async () => {
    const { items, setUp, send, get } = workspaceItems('12.4');
    await setUp();
    await send('POST', path, theirs);
    const before = ((await get(path)) as { uid: string }[]).find(({ uid }) => uid === 'theirs');
    const point = of(items, 'contact point', 'stack-alerts');
    expect((await point.run(true)).outcome).toBe('unchanged');
    await send('DELETE', `${path}/stack-alerts`);
    expect((await point.run(false)).outcome).toBe('added');
    expect(((await get(path)) as { uid: string }[]).find(({ uid }) => uid === 'theirs')).toEqual(before);
  });
});

describe('the interval of our rule group, with a rule of a user in it', () => {
  async function withTheirRule(headers?: object) {
    const workspace = workspaceItems('12.4');
    await workspace.setUp();
    const rule = (await workspace.get(`${provisioning}/alert-rules/no-data`)) as Record<string, Json>;
    const theirs = { ...rule, uid: 'theirs', title: 'Theirs', labels: { team: 'me' }, isPaused: true };
    await workspace.send('POST', `${provisioning}/alert-rules`, theirs, headers);
    const read = async () => {
      const { updated: _, ...rest } = (await workspace.get(`${provisioning}/alert-rules/theirs`)) as Record<
        string,
        Json
      >;
      return rest;
    };
    const before = await read();
    await workspace.send('PUT', group, { ...((await workspace.get(group)) as object), interval: 120 } as Json, headers);
    return { ...workspace, before, read, item: of(workspace.items, 'rule group', 'stack') };
  }

  it('is put back with their rule as it was, and the report names it', async () => {
    const { item, before, read, get } = await withTheirRule();
    expect(await item.run(false)).toMatchObject({
      outcome: 'updated',
      detail: expect.stringMatching(
        /rule group stack updated .*: written with the unchanged rules of users in it: Theirs/,
      ),
    });
    expect(await read()).toEqual(before);
    expect(await get(group)).toMatchObject({ interval: 60 });
  });

  it('is not written where their rule would become read-only or editable by it', async () => {
    const { item, read, send, get } = await withTheirRule();
    await send('PUT', `${provisioning}/alert-rules/theirs`, await read(), {});
    const before = await get(group);
    await expect(item.run(false)).rejects.toMatchObject({
      name: 'GroupShared',
      message: expect.stringMatching(/rules of users in it: Theirs/),
    });
    expect(await get(group)).toEqual(before);
  });
});
