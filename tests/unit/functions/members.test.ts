import { GrafanaRejected } from '../../../functions/domain/errors';
import { memberAt } from '../../../functions/domain/statement/member-differences';
import { MEMBERS, type Part } from '../../../functions/domain/statement/members';
import { type Change, changesOf, type Json, membersOf, valueAt, withChange } from '../../helpers/member-changes';
import { type Item, workspaceItems } from '../../helpers/workspace-items';

/** Values that Grafana takes, where it takes few. */
const allowed: readonly (readonly [path: RegExp, value: Json])[] = [
  [/^(for|keep_firing_for)$|group_wait$|group_interval$|repeat_interval$/, '9m'],
  [/^noDataState$/, 'KeepLast'],
  [/^condition$/, 'A'],
  [/^execErrState$/, 'Alerting'],
  [/receiver$/, 'Theirs'],
  [/^folder(UID|Uid)$/, 'theirs'],
  [/^access$/, 'direct'],
  [/^type$/, 'email'],
  [/^url$/, 'http://elsewhere'],
  [/^interval$/, 120],
  [/^settings\.topic(_arn)?$/, 'arn:aws:sns:eu-west-1:000000000000:other'],
  [/^data\[\d\]\.datasourceUid$/, 'tempo'],
  [/object_matchers\[\d\]\[1\]$/, '!='],
];

/** Members that the shipped items do not have, and that people set. */
const additions: Readonly<Partial<Record<Part, readonly (readonly [path: string, value: Json])[]>>> = {
  'data source': [
    ['basicAuth', true],
    ['withCredentials', true],
    ['database', 'theirs'],
    ['jsonData.httpHeaderName1', 'X-Scope-OrgID'],
    ['jsonData.alertmanagerUid', 'theirs'],
  ],
  dashboard: [
    ['panels[2].targets[0].hide', true],
    ['panels[2].transformations', [{ id: 'limit', options: {} }]],
    ['panels[2].timeFrom', '1m'],
    ['panels[2].repeat', 'task'],
    ['liveNow', true],
    ['preload', true],
    ['fiscalYearStartMonth', 3],
  ],
  'alert rule': [
    ['keep_firing_for', '1h'],
    ['missingSeriesEvalsToResolve', 9],
    ['record', { metric: 'theirs', from: 'A' }],
    ['data[0].queryType', 'instant'],
    ['notification_settings', { receiver: 'Theirs' }],
    ['notification_settings', { receiver: 'Stack alerts (SNS)', group_wait: '9h' }],
    ['notification_settings', { receiver: 'Stack alerts (SNS)', mute_time_intervals: ['Nights'] }],
    ['isPaused', true],
    ['labels.team', 'theirs'],
  ],
  'contact point': [
    ['disableResolveMessage', true],
    ['settings.sigv4', { region: 'eu-west-1', profile: 'theirs' }],
  ],
  'notification policy': [
    ['continue', true],
    ['mute_time_intervals', ['Nights']],
    ['active_time_intervals', ['Nights']],
    ['routes[0].mute_time_intervals', ['Nights']],
    ['routes[0].continue', true],
  ],
};

/** Refused by Grafana, or no way to do it: nobody can make this change. */
const isImpossible = (error: unknown): boolean => error instanceof GrafanaRejected;

interface Tried {
  readonly members: Set<string>;
  readonly drift: Set<string>;
  readonly theirs: Set<string>;
  /** Rows of the statement by which a change was drift. */
  readonly rows: Set<object>;
}

/** Makes one change; a wrong reaction of the setup is returned as a sentence. */
async function tryChange(item: Item, change: Change, before: Json, wrong: () => Promise<readonly string[]>, to: Tried) {
  const what = `${item.part} ${item.name}: ${change.kind} ${change.path}`;
  const member = `${item.part} ${change.general}`;
  to.members.add(member);
  try {
    await item.write(withChange(before, change));
  } catch (error) {
    if (!isImpossible(error)) throw error;
    return [];
  }
  const row = memberAt(item.part, change.steps);
  const { belongs, defaults } = row;
  const verified = await item.run(true);
  const isTold = verified.outcome === 'drifted';
  const called = item.part === 'dashboard' ? [] : await wrong();
  const problems: string[] = [];
  if (called.length > 0 && !isTold) problems.push(`${what} is unchanged, and a check says ${called.join()}`);
  if (belongs === "user's") {
    to.theirs.add(member);
    if (isTold) problems.push(`${what} is the user's, and is reported: ${verified.detail}`);
    return problems;
  }
  if (change.isWithoutMeaning || (change.kind === 'delete' && defaults?.includes(valueAt(before, change))))
    return problems;
  const isKept = JSON.stringify(strip(await item.read())) !== JSON.stringify(strip(before));
  if (isKept && !isTold) problems.push(`${what} is not reported`);
  if (isKept && isTold) {
    to.drift.add(member);
    const inner = typeof change.value === 'object' && change.value !== null ? Object.keys(change.value) : [];
    for (const each of [row, ...inner.map((name) => memberAt(item.part, [...change.steps, name]))]) to.rows.add(each);
  }
  await item.run(false);
  const again = await item.run(true);
  if (again.outcome === 'drifted') problems.push(`${what} is not mended: ${again.detail}`);
  return problems;
}

/** Without what Grafana counts up at every write. */
function strip(stored: Json): Json {
  const { version: _, updated: __, ...rest } = stored as Record<string, Json>;
  return rest;
}

it.each([
  ['10.4', ({ part, name }: Item) => part !== 'dashboard' || name === 'runbook'],
  ['12.4', () => true],
  ['13.2', ({ part }: Item) => part !== 'dashboard'],
])(
  'reports and mends any single change of a member of the workspace, or leaves it to users, on Grafana %s',
  async (version, isTried) => {
    const { items, wrong, setUp, addTheirs } = workspaceItems(version);
    await setUp();
    await addTheirs();
    const tried: Tried = { members: new Set(), drift: new Set(), theirs: new Set(), rows: new Set() };
    const problems: string[] = [];
    const seen = new Set<string>();
    const shipped = new Set<string>();
    for (const item of items.filter(isTried)) {
      if (item.remove) {
        await item.remove();
        if ((await item.run(true)).outcome !== 'drifted') problems.push(`${item.part} ${item.name}: deleted, not told`);
        await item.run(false);
      }
      const before = await item.read();
      for (const member of membersOf(before)) shipped.add(`${item.part} ${member}`);
      const extra = (additions[item.part] ?? []).map(([path, value]) => ({ path, value }));
      for (const change of changesOf(before, { allowed, extra })) {
        // The first item of its part that has the member stands for all.
        const key = `${item.part} ${change.general} ${change.kind} ${JSON.stringify(change.isExtra && change.value)}`;
        if (change.general === 'uid' || seen.has(key)) continue;
        seen.add(key);
        problems.push(...(await tryChange(item, change, before, wrong, tried)));
        if (memberAt(item.part, change.steps).belongs === "user's") await item.write(before).catch(() => undefined);
      }
    }
    expect(problems).toEqual([]);
    // No member that a workspace returns was left out: each was drift, or is the user's.
    const left = [...shipped].filter((member) => !tried.drift.has(member) && !tried.theirs.has(member));
    expect(left.filter((member) => !member.endsWith(' uid'))).toEqual([]);
    if (version !== '12.4') return;
    const rows = (Object.keys(MEMBERS) as Part[])
      .filter((part) => part !== 'service account')
      .flatMap((part) => MEMBERS[part].map((row) => [part, row] as const));
    const untried = rows.filter(([, row]) => row.belongs !== "user's" && !tried.rows.has(row));
    expect(untried.map(([part, { path }]) => `${part} ${path}`)).toEqual([
      // Its uid cannot change.
      'folder uid',
      // Of the contact point of Grafana 10.
      'contact point settings.topic',
    ]);
  },
);
