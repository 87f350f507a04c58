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

/** Grafana as it says how the rule stands and when its contact point sent last. */
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

/** Looks one after the other, each going on from the one before. */
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
