import { RouteNotAllowed } from '../../../functions/domain/errors';
import type { Grafana } from '../../../functions/domain/grafana';
import { watchAlert } from '../../../functions/watch-alert/watch-alert';
import { testClock } from '../../helpers/test-clock';

const access = { workspaceId: 'g-1', endpoint: 'g-1.example.org', grafanaVersion: '12.4.0', serviceAccountId: '1' };
const drill = { rule: 'Server errors (Sev2)', contactPoint: 'Stack alerts (SNS)' };
const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 12, minute)).toISOString();

interface Seen {
  readonly state: string;
  readonly attempt?: string;
  readonly error?: string;
}

/** Grafana with this state of the rule and this time of the last message. */
const grafanaThat = ({ state, attempt, error = '' }: Seen): Grafana => ({
  request: async (_method, path) => ({
    status: 200,
    body: path.includes('/receivers')
      ? [
          {
            name: drill.contactPoint,
            integrations: [{ lastNotifyAttempt: attempt ?? '0001-01-01T00:00:00.000Z', lastNotifyAttemptError: error }],
          },
        ]
      : { data: { groups: [{ rules: [{ name: drill.rule, state }] }] } },
  }),
});

/** Runs the step repeatedly, each time with the progress of the run before. */
async function follow(looks: readonly Seen[], minute = 5) {
  let watched: Parameters<typeof watchAlert>[0]['watched'] = { phase: 'provoked', since: at(0), sentAt: '' };
  const told: string[] = [];
  for (const seen of looks) {
    const result = await watchAlert(
      { access, watched },
      { session: async (_access, _purpose, work) => work(grafanaThat(seen)), clock: testClock(at(minute)), drill },
    );
    told.push(`${result.status} ${result.phase}: ${result.detail}`);
    watched = result;
  }
  return told;
}

it('follows the alert until both of its messages were sent', async () => {
  expect(
    await follow([
      { state: 'inactive' },
      { state: 'firing' },
      { state: 'firing', attempt: at(2) },
      { state: 'inactive', attempt: at(2) },
      { state: 'inactive', attempt: at(4) },
    ]),
  ).toEqual([
    'PENDING provoked: "Server errors (Sev2)" is inactive, not sent',
    'PENDING firing: "Server errors (Sev2)" is firing, not sent',
    'PENDING sent: "Server errors (Sev2)" is firing, sent',
    'PENDING sent: "Server errors (Sev2)" is inactive, not sent as resolved yet',
    'READY sent: "Server errors (Sev2)" fired, was sent by Stack alerts (SNS), has resolved, and that was sent too',
  ]);
});

it('does not take the message of another rule, sent while the alert still fires, for the one of its resolution', async () => {
  const told = await follow([
    { state: 'firing', attempt: at(2) },
    { state: 'firing', attempt: at(3) },
    { state: 'inactive', attempt: at(3) },
    { state: 'inactive', attempt: at(4) },
  ]);
  expect(told.map((line) => line.split(':')[0])).toEqual([
    'PENDING sent',
    'PENDING sent',
    'PENDING sent',
    'READY sent',
  ]);
});

it('does not take a message from before the drill for its own', async () => {
  expect(await follow([{ state: 'firing', attempt: '2026-11-23T11:59:00.000Z' }])).toEqual([
    'PENDING firing: "Server errors (Sev2)" is firing, not sent',
  ]);
});

it('names why a message could not be sent', async () => {
  expect(await follow([{ state: 'firing', attempt: at(2), error: 'AuthorizationError' }])).toEqual([
    'PENDING firing: "Server errors (Sev2)" is firing, not sent (AuthorizationError)',
  ]);
});

it.each([
  ['never fired', { state: 'inactive' }, /is inactive, not sent/],
  ['was never sent', { state: 'firing' }, /is firing, not sent/],
])('gives an alert that %s up after a quarter of an hour, with what it saw last', async (_, seen, says) => {
  await expect(follow([seen], 16)).rejects.toMatchObject({
    name: 'AlertNotSeen',
    message: expect.stringMatching(says),
  });
});

describe('if the workspace refuses to show the alert', () => {
  const RECEIVERS = 'GET /api/alertmanager/grafana/config/api/v1/receivers';
  const RULES = 'GET /api/prometheus/grafana/api/v1/rules';

  /**
   * Grafana whose front end refuses some routes, and SNS's metric with the minutes in which something was published.
   */
  const refusing = (refused: readonly string[], state: string, minutes: readonly number[]): Grafana => ({
    async request(method, path) {
      if (refused.includes(`${method} ${path}`)) throw new RouteNotAllowed(`${method} ${path}`);
      if (path.endsWith('/contact-points'))
        return { status: 200, body: [{ name: drill.contactPoint, settings: { topic_arn: 'arn:aws:sns:r:1:alerts' } }] };
      if (path !== '/api/ds/query') return grafanaThat({ state }).request(method, path);
      const fields = [{ type: 'time' }, { type: 'number' }];
      const values = [minutes.map((minute) => Date.parse(at(minute))), minutes.map(() => 1)];
      return { status: 200, body: { results: { A: { frames: [{ schema: { fields }, data: { values } }] } } } };
    },
  });

  async function followRefusing(refused: readonly string[], looks: readonly (readonly [string, readonly number[]])[]) {
    let watched: Parameters<typeof watchAlert>[0]['watched'] = { phase: 'provoked', since: at(0), sentAt: '' };
    let result: Awaited<ReturnType<typeof watchAlert>> | undefined;
    for (const [state, minutes] of looks) {
      const grafana = refusing(refused, state, minutes);
      const deps = { session: async (_a: unknown, _p: unknown, work: (g: Grafana) => Promise<never>) => work(grafana) };
      result = await watchAlert({ access, watched }, { ...deps, clock: testClock(at(9)), drill } as never);
      watched = result;
    }
    return result;
  }

  it('sees in SNS’s metric that both messages arrived', async () => {
    const result = await followRefusing(
      [RECEIVERS],
      [
        ['firing', []],
        ['firing', [2]],
        ['inactive', [2]],
        ['inactive', [2, 5]],
      ],
    );
    expect(result).toMatchObject({ status: 'READY', outcome: 'passed' });
    expect(result?.detail).toMatch(
      /has resolved, and that was sent too; proved by SNS's own metric \(POST \/api\/ds\/query\), as this workspace refuses GET .*receivers$/,
    );
  });

  it('reports that it could not see the resolution if the rules’ state is refused too', async () => {
    const looks = [
      ['firing', []],
      ['firing', [2]],
      ['inactive', [2]],
    ] as const;
    expect(await followRefusing([RECEIVERS, RULES], looks)).toMatchObject({ status: 'PENDING', phase: 'sent' });
    const result = await followRefusing([RECEIVERS, RULES], [...looks, ['inactive', [2, 4]]]);
    expect(result).toMatchObject({ status: 'READY', outcome: 'not-evaluated' });
    expect(result?.detail).toMatch(
      /whether "Server errors \(Sev2\)" has resolved could not be seen; .*refuses GET .*rules/,
    );
  });

  it('waits longer for the metric, and fails with its last result', async () => {
    const grafana = refusing([RECEIVERS], 'firing', []);
    const watched = { phase: 'provoked' as const, since: at(0), sentAt: '' };
    const look = (minute: number) =>
      watchAlert(
        { access, watched },
        { session: async (_a, _p, work) => work(grafana), clock: testClock(at(minute)), drill },
      );
    expect(await look(20)).toMatchObject({ status: 'PENDING' });
    await expect(look(31)).rejects.toMatchObject({
      name: 'AlertNotSeen',
      message: expect.stringMatching(/30 minutes/),
    });
  });
});
