import { ruleChecks } from '../../../../functions/domain/checks/rules';
import type { Grafana } from '../../../../functions/domain/grafana';
import { content } from '../../../../functions/shared/content';

/** Grafana with the shipped rules, each with a value, and these user policies before ours. */
const grafanaWith = (...theirs: readonly (readonly string[])[]): Grafana => ({
  request: async (_method, path) => {
    const rule = content.rules.find(({ uid }) => path.endsWith(`/alert-rules/${uid}`));
    if (rule) return { status: 200, body: rule };
    const frame = { schema: { fields: [{ type: 'number' }] }, data: { values: [[1]] } };
    if (path === '/api/ds/query')
      return {
        status: 200,
        body: { results: Object.fromEntries('ABCD'.split('').map((id) => [id, { frames: [frame] }])) },
      };
    const routes = theirs.map((matcher) => ({ receiver: 'Theirs', object_matchers: [matcher] }));
    return { status: 200, body: { receiver: 'default', routes: [...routes, content.policy] } };
  },
});

async function look(grafana: Grafana) {
  const [check] = ruleChecks(grafana, content, { now: () => new Date(), sleep: async () => undefined });
  return check?.look();
}

it.each([
  ['another folder than ours', ['grafana_folder', '!=', content.folder.title]],
  [
    'the name of another alert',
    ['alertname', '!~', content.rules.map(({ title }) => title.replace(/[()]/g, '\\$&')).join('|')],
  ],
  ['a pattern with Go’s flags', ['team', '=~', '(?i)billing']],
  ['a pattern that only Go can read', ['team', '=~', '(?P<team>billing)']],
])('accepts a user’s policy before ours that asks for %s', async (_, matcher) => {
  expect(await look(grafanaWith(matcher))).toMatchObject({ verdict: 'passed' });
});

it.each([
  ['our folder', ['grafana_folder', '=', content.folder.title]],
  ['the name of an alert of ours', ['alertname', '=', content.rules[0]?.title ?? '']],
  ['a severity, in capitals with Go’s flag', ['severity', '=~', '(?i)SEV2']],
])('finds a user’s policy that takes our alerts by %s', async (_, matcher) => {
  expect(await look(grafanaWith(matcher))).toMatchObject({
    verdict: 'wrong',
    found: expect.stringMatching(/has alerts that go to Theirs, not to Stack alerts/),
  });
});
