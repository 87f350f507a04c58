import { referenceCheck } from '../../../../functions/domain/checks/references';
import type { DashboardModel } from '../../../../functions/domain/content';
import type { Grafana } from '../../../../functions/domain/grafana';
import { content } from '../../../../functions/shared/content';

/** Grafana that stores the shipped dashboards, one of them edited; undefined deletes it. */
const grafanaWith = (
  uid?: string,
  edit: (model: DashboardModel) => DashboardModel | undefined = (model) => model,
): Grafana => ({
  request: async (_method, path) => {
    const shipped = content.dashboards.find(({ model }) => path.endsWith(`/${model.uid}`))?.model;
    const dashboard = shipped && (shipped.uid === uid ? edit(shipped) : shipped);
    return dashboard ? { status: 200, body: { dashboard, meta: {} } } : { status: 404, body: {} };
  },
});

it('follows every shipped link to its dashboard, variables and panel', async () => {
  const seen = await referenceCheck(grafanaWith(), content).look();
  expect(seen).toMatchObject({
    verdict: 'passed',
    found: expect.stringMatching(/^[3-9] dashboards, with \d+ variables/),
  });
});

it.each<[string, string, (model: DashboardModel) => DashboardModel | undefined, RegExp]>([
  ['the dashboard is gone', 'logs', () => undefined, /there is no dashboard logs/],
  [
    'its variable was renamed',
    'traces',
    (model) => JSON.parse(JSON.stringify(model).replaceAll('"name":"slower"', '"name":"slow"')) as DashboardModel,
    /there is no variable slower in the dashboard traces/,
  ],
  [
    'its panel is gone',
    'runbook',
    (model) => ({ ...model, panels: model.panels.filter(({ id }) => id !== 5) }),
    /there is no panel 5 in the dashboard runbook/,
  ],
])('is wrong where %s', async (_, uid, edit, found) => {
  const seen = await referenceCheck(grafanaWith(uid, edit), content).look();
  expect(seen).toMatchObject({ verdict: 'wrong', hop: 'content', found: expect.stringMatching(found) });
});
