import { panelChecks } from '../../../../functions/domain/checks/panels';
import type { Content } from '../../../../functions/domain/content';
import type { Grafana } from '../../../../functions/domain/grafana';

const model = {
  uid: 'four',
  title: 'Four',
  panels: ['full', 'quiet', 'also quiet', 'full too'].map((title, index) => ({
    id: index + 1,
    title,
    type: 'timeseries',
    datasource: { uid: 'prometheus' },
    targets: [{ refId: 'A', expr: title.replace(' ', '_') }],
  })),
};

/** A Grafana that has the dashboard; queries whose text has `quiet` in it answer without a value. */
const grafana: Grafana = {
  request: async (method, _path, options) => {
    if (method === 'GET') return { status: 200, body: { dashboard: model, meta: {} } };
    const values = JSON.stringify(options?.body).includes('quiet') ? [[], []] : [[1], [2]];
    const frame = { schema: { fields: [{ type: 'time' }, { type: 'number' }] }, data: { values } };
    return { status: 200, body: { results: { A: { status: 200, frames: [frame] } } } };
  },
};

async function look(possiblyEmpty: Readonly<Record<string, string>>) {
  const content = { dashboards: [{ model, possiblyEmpty }] } as unknown as Content;
  const [check] = panelChecks(grafana, content, { now: () => new Date(), sleep: async () => undefined }, 'local');
  return check?.look();
}

it('counts the queries that returned data, and names those that are empty as declared', async () => {
  expect(await look({ '2/A': 'Nothing happens.', '3/A': 'Nothing happens here either.' })).toMatchObject({
    verdict: 'passed',
    found: '2 of 4 queries returned data; empty as declared: panel 2/A "quiet", panel 3/A "also quiet"',
  });
});

it('names apart those that are empty without being declared', async () => {
  expect(await look({ '2/A': 'Nothing happens.' })).toMatchObject({
    verdict: 'late',
    found: '2 of 4 queries returned data; empty as declared: panel 2/A "quiet"; empty: panel 3/A "also quiet"',
  });
});
