import { type Observation, runCheck, type Waiting } from '../../../../functions/domain/checks/check';
import { differences } from '../../../../functions/domain/compare';
import type { DashboardModel } from '../../../../functions/domain/content';
import { panelQueries } from '../../../../functions/domain/dashboard-queries';
import { grafanaUrl, machineOf, runPrefix } from '../../../../functions/domain/naming';
import { reconcile, summarize } from '../../../../functions/domain/reconcile';
import { chooseVersion, versionInRange } from '../../../../functions/domain/versions';
import { mergeConfiguration } from '../../../../functions/domain/workspace-configuration';
import { testClock } from '../../../helpers/test-clock';

describe('comparing', () => {
  it.each<readonly [string, unknown, unknown, readonly string[]]>([
    ['members that the server added', { a: 1 }, { a: 1, id: 7, version: 3 }, []],
    ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b: 2 instead of 1']],
    ['a missing member', { a: 'x' }, {}, ['a: nothing instead of "x"']],
    ['an entry more in a list', { a: [1] }, { a: [1, 2] }, ['a: 2 instead of 1 entries']],
    ['another order in a list', { a: [1, 2] }, { a: [2, 1] }, ['a[0]: 2 instead of 1', 'a[1]: 1 instead of 2']],
    ['false, empty and null, which Grafana leaves out', { a: false, b: '', c: null, d: [] }, {}, []],
    ['true where it was dropped', { a: true }, {}, ['a: nothing instead of true']],
    ['an object where a value should be', { a: 1 }, { a: {} }, ['a: {} instead of 1']],
  ])('%s', (_name, desired, actual, expected) => {
    expect(differences(desired, actual)).toEqual(expected);
  });

  it('leaves out what the caller ignores, at any depth', () => {
    expect(
      differences(
        { version: 1, panels: [{ pluginVersion: 'a', title: 't' }] },
        { version: 2, panels: [{ title: 't' }] },
        new Set(['version', 'pluginVersion']),
      ),
    ).toEqual([]);
  });
});

describe('reconciling', () => {
  const thing = (actual: { value: number } | undefined) => {
    const written: unknown[] = [];
    return {
      written,
      resource: {
        name: 'thing',
        read: async () => actual,
        differences: (found: { value: number }) => differences({ value: 1 }, found),
        write: async (found: unknown) => {
          written.push(found ?? 'new');
        },
      },
    };
  };

  it.each([
    [undefined, false, 'added', ['new']],
    [{ value: 1 }, false, 'unchanged', []],
    [{ value: 2 }, false, 'updated', [{ value: 2 }]],
    [undefined, true, 'drifted', []],
    [{ value: 1 }, true, 'unchanged', []],
    [{ value: 2 }, true, 'drifted', []],
  ] as const)('%j, verify only: %s → %s', async (actual, verifyOnly, outcome, expected) => {
    const { resource, written } = thing(actual);
    expect((await reconcile(resource, verifyOnly)).outcome).toBe(outcome);
    expect(written).toEqual(expected);
  });

  it('reports what differed', async () => {
    expect(summarize([await reconcile(thing({ value: 2 }).resource, false)])).toEqual({
      outcome: 'updated',
      detail: 'thing updated (value: 2 instead of 1)',
    });
  });
});

describe('versions', () => {
  const offered = ['8.4', '9.4', '10.4', '12.4', '13.2'];
  it.each([
    ['12.4', '12.4'],
    ['12', '12.4'],
    ['latest', '13.2'],
    ['11.0', undefined],
    ['1', undefined],
  ])('%s is %s of what AMG offers', (wanted, chosen) => {
    expect(chooseVersion(wanted, offered)).toBe(chosen);
  });

  it.each([
    ['10.4', { until: '12.0.0' }, true],
    ['12.4', { until: '12.0.0' }, false],
    ['12.0.0', { since: '12.0.0' }, true],
    ['9.4', { since: '10.0' }, false],
    ['10.10', { since: '10.9' }, true],
  ])('%s in %j: %s', (version, range, expected) => {
    expect(versionInRange(version, range)).toBe(expected);
  });
});

it.each([
  ['g-1.grafana-workspace.eu-west-1.amazonaws.com', 'https://g-1.grafana-workspace.eu-west-1.amazonaws.com'],
  ['http://127.0.0.1:4000/', 'http://127.0.0.1:4000'],
  ['https://x', 'https://x'],
])('the endpoint %s is %s', (endpoint, url) => {
  expect(grafanaUrl(endpoint)).toBe(url);
});

it('reads stack, machine and folder from an execution ARN', () => {
  const arn = 'arn:aws:states:eu-west-1:1:execution:grafana-observability-dev-teardown:run-1';
  expect(machineOf(arn)).toEqual({ stack: 'grafana-observability-dev', machine: 'teardown' });
  expect(runPrefix(arn)).toBe('runs/run-1/');
});

it('keeps what a user set in the workspace’s configuration', () => {
  expect(mergeConfiguration({ plugins: { other: 1, pluginAdminEnabled: false }, dateFormats: { x: 1 } })).toEqual({
    plugins: { other: 1, pluginAdminEnabled: true },
    unifiedAlerting: { enabled: true },
    dateFormats: { x: 1 },
  });
});

describe('a check', () => {
  const check = (observations: readonly Observation[], deadline = 10_000) => {
    let looks = 0;
    return {
      name: 'c',
      query: 'q',
      expected: 'e',
      deadline,
      look: async () => observations[Math.min(looks++, observations.length - 1)] as Observation,
    };
  };
  const late: Observation = { verdict: 'late', found: 'nothing', hop: 'collector path', remedy: 'look there' };

  it('is repeated until it passes', async () => {
    const verdict = await runCheck(check([late, late, { verdict: 'passed', found: 'there' }]), testClock());
    expect(verdict).toMatchObject({ outcome: 'passed', looks: 3, after: 625 });
  });

  it('fails at its deadline with the last result', async () => {
    const verdict = await runCheck(
      check([
        { ...late, found: 'first', evidence: { looked: 'first' } },
        { ...late, verdict: 'wrong', found: 'last', evidence: { looked: 'last' } },
      ]),
      testClock(),
    );
    expect(verdict).toMatchObject({
      outcome: 'failed',
      kind: 'wrong',
      found: 'last',
      hop: 'collector path',
      remedy: 'look there',
      evidence: { looked: 'last' },
    });
    expect(verdict.after).toBeLessThanOrEqual(10_000);
  });

  it('keeps the result of each attempt, equal ones once, and reports progress after every attempt', async () => {
    const told: Waiting[] = [];
    const second: Observation = { ...late, found: 'another', waitsFor: 'Tasks scraped: empty' };
    const verdict = await runCheck({ ...check([late, late, second]), deadline: 1_500 }, testClock(), (one) =>
      told.push(one),
    );
    expect(verdict.seen?.map(({ found, looks }) => [found, looks])).toEqual([
      ['nothing', 2],
      ['another', verdict.looks - 2],
    ]);
    expect(told.map(({ what, looks }) => [what, looks]).slice(0, 3)).toEqual([
      ['c: nothing', 1],
      ['c: nothing', 2],
      ['Tasks scraped: empty', 3],
    ]);
    expect(told).toHaveLength(verdict.looks - 1);
  });

  it('is not repeated when it cannot be evaluated', async () => {
    expect(await runCheck(check([{ verdict: 'not-evaluated', found: '501' }]), testClock())).toMatchObject({
      outcome: 'not-evaluated',
      looks: 1,
    });
  });

  it('is diagnosed once, when it has failed', async () => {
    const verdict = await runCheck(
      { ...check([late]), diagnose: async (last) => ({ ...last, hop: 'service' }) },
      testClock(),
    );
    expect(verdict.hop).toBe('service');
  });
});

describe('a dashboard’s queries', () => {
  const dashboard = {
    uid: 'd',
    title: 'D',
    templating: {
      list: [
        { name: 'endpoint', type: 'query', current: { value: ['$__all'] } },
        { name: 'stage', type: 'custom', current: { value: 'dev' } },
        { name: 'task', type: 'query', current: { value: ['a', 'b'] } },
        { name: 'fresh', type: 'query' },
      ],
    },
    panels: [
      {
        id: 1,
        type: 'row',
        panels: [
          { id: 2, type: 'timeseries', datasource: { uid: 'loki' }, targets: [{ refId: 'A', expr: '{a=~"$task"}' }] },
        ],
      },
      {
        id: 3,
        type: 'stat',
        title: 'T',
        targets: [
          {
            refId: 'A',
            datasource: { uid: 'prometheus' },
            expr: 'x{e=~"$endpoint",s="${stage}",f=~"[[fresh]]"}[$__rate_interval]',
          },
          { refId: 'B', hide: true, datasource: { uid: 'prometheus' }, expr: 'y' },
        ],
      },
    ],
  } as unknown as DashboardModel;

  it('are those of visible targets, in rows too, with variables at their current values', () => {
    expect(panelQueries(dashboard).map(({ id, datasourceUid, target }) => [id, datasourceUid, target['expr']])).toEqual(
      [
        ['2/A', 'loki', '{a=~"(a|b)"}'],
        ['3/A', 'prometheus', 'x{e=~".*",s="dev",f=~".*"}[$__rate_interval]'],
      ],
    );
  });

  it('are sent with the values chosen in the drop-downs', () => {
    const [, query] = panelQueries(dashboard, { stage: 'local' });
    expect(query?.target['expr']).toBe('x{e=~".*",s="local",f=~".*"}[$__rate_interval]');
  });
});
