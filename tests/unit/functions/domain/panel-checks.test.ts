import { runCheck } from '../../../../functions/domain/checks/check';
import { panelChecks } from '../../../../functions/domain/checks/panels';
import type { Content } from '../../../../functions/domain/content';
import type { Grafana } from '../../../../functions/domain/grafana';
import { testClock } from '../../../helpers/test-clock';

const modelOf = (titles: readonly string[]) => ({
  uid: 'four',
  title: 'Four',
  panels: titles.map((title, index) => ({
    id: index + 1,
    title,
    type: 'timeseries',
    datasource: { uid: 'prometheus' },
    targets: [{ refId: 'A', expr: title.replace(' ', '_') }],
  })),
});

const startedAt = '2026-11-23T12:00:10.000Z';
const clock = testClock('2026-11-23T12:01:00.000Z');
const at = (seconds: number) => Date.parse(startedAt) + seconds * 1_000;

function valuesOf(asked: string): readonly (readonly unknown[])[] {
  if (asked.includes('quiet')) return [[], []];
  if (asked.includes('lines'))
    return [
      [at(20), at(-60)],
      ['newest', 'oldest'],
    ];
  return [
    [at(-600), at(-60), at(20)],
    [2, 2, asked.includes('old') ? null : 2],
  ];
}

/**
 * Grafana with the dashboard. Queries that contain `quiet` return no value, queries that contain `old` return old
 * values.
 */
const grafanaWith = (model: object): Grafana => ({
  request: async (method, _path, options) => {
    if (method === 'GET') return { status: 200, body: { dashboard: model, meta: {} } };
    const values = valuesOf(JSON.stringify(options?.body));
    const frame = { schema: { fields: [{ type: 'time' }, { type: 'number' }] }, data: { values } };
    return { status: 200, body: { results: { A: { status: 200, frames: [frame] } } } };
  },
});

async function look(
  possiblyEmpty: Readonly<Record<string, string>>,
  titles: readonly string[] = ['full', 'quiet', 'also quiet', 'full too'],
) {
  const model = modelOf(titles);
  const content = { dashboards: [{ model, possiblyEmpty }] } as unknown as Content;
  const [check] = panelChecks(grafanaWith(model), content, clock, { stage: 'local', traffic: { startedAt } });
  return check?.look();
}

it('counts the queries that returned data, and names those that are empty as declared', async () => {
  expect(await look({ '2/A': 'Nothing happens.', '3/A': 'Nothing happens here either.' })).toMatchObject({
    verdict: 'passed',
    found: '2 of 4 queries returned data; empty as declared: panel 2/A "quiet", panel 3/A "also quiet"',
  });
});

it('names queries that are empty without being declared', async () => {
  expect(await look({ '2/A': 'Nothing happens.' })).toMatchObject({
    verdict: 'late',
    found: 'empty: panel 3/A "also quiet"; 2 of 4 queries returned data; empty as declared: panel 2/A "quiet"',
    query: 'panel 3/A "also quiet": also_quiet',
    waitsFor: 'also quiet: empty',
  });
});

it('finds the newest log line, although log lines come newest first', async () => {
  expect(await look({}, ['lines'])).toMatchObject({ verdict: 'passed', found: '1 of 1 queries returned data' });
});

it('does not count data from before the run, and says when they stopped', async () => {
  expect(await look({}, ['full', 'old'])).toMatchObject({
    verdict: 'late',
    found: 'empty: panel 2/A "old" (nothing newer than 2026-11-23T11:59:10.000Z); 1 of 2 queries returned data',
    remedy: expect.stringContaining('what stopped writing'),
  });
});

describe('a query that can never find something', () => {
  /** A workspace that has these series, and returns nothing for anything else. */
  const grafanaThatHas = (model: object, series: readonly Record<string, string>[]): Grafana => ({
    request: async (method, _path, options) => {
      if (method === 'GET') return { status: 200, body: { dashboard: model, meta: {} } };
      const [{ expr } = { expr: '' }] = (options as { body: { queries: readonly { expr: string }[] } }).body.queries;
      const asked = expr.startsWith('count by (__name__)') ? series : series.filter((one) => one['__name__'] === expr);
      const frames = asked.map((labels) => ({
        schema: { fields: [{ type: 'time' }, { type: 'number', labels }] },
        data: { values: [[at(20)], [1]] },
      }));
      return { status: 200, body: { results: { A: { status: 200, frames } } } };
    },
  });

  it.each([
    [
      'rate(http_request_total[5m])',
      'wrong',
      /there is no metric http_request_total, but there is http_requests_total/,
    ],
    ['sum(http_requests_total{stauts=~"5.."})', 'wrong', /no series of http_requests_total has the label stauts/],
    ['sum(http_requests_total{status=~"5..", other!="a"})', 'late', /^empty: panel 1\/A/],
    ['rate(nobody_writes_this[5m])', 'late', /^empty: panel 1\/A/],
  ])('%s is %s', async (expr, verdict, found) => {
    const model = modelOf(['one']);
    const panels = model.panels.map((panel) => ({ ...panel, targets: [{ refId: 'A', expr }] }));
    const content = { dashboards: [{ model: { ...model, panels }, possiblyEmpty: {} }] } as unknown as Content;
    const grafana = grafanaThatHas({ ...model, panels }, [{ __name__: 'http_requests_total', status: '200' }]);
    const [check] = panelChecks(grafana, content, clock, { stage: 'local', traffic: { startedAt } });
    if (!check) throw new Error('no check');
    expect(await runCheck({ ...check, deadline: 0 }, clock)).toMatchObject({
      kind: verdict,
      found: expect.stringMatching(found),
      query: `panel 1/A "one": ${expr}`,
    });
  });
});
