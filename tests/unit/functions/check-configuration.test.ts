import { grafanaSessions } from '../../../functions/adapters/grafana-session';
import { checkConfiguration } from '../../../functions/check-configuration/check-configuration';
import type { Amg } from '../../../functions/domain/workspace';
import { answeringServer, type Reply } from '../../helpers/answering-server';
import { testClock } from '../../helpers/test-clock';

/** The part of AMG's control plane that this step uses, with a record of its tokens. */
function controlPlane(endpoint: string, status = 'ACTIVE', mint?: () => void) {
  const tokens = { minted: 0, deleted: 0 };
  const amg = {
    describe: async () => ({ id: 'g-1', name: 'demo', endpoint, status, grafanaVersion: '12.4' }),
    async mintToken() {
      mint?.();
      tokens.minted++;
      return { id: `${tokens.minted}`, name: 'token', key: 'secret' };
    },
    async deleteToken() {
      tokens.deleted++;
    },
  };
  return { amg: amg as unknown as Amg, tokens };
}

const settings: Reply = { body: { buildInfo: { version: '12.4.2' }, datasources: {} } };

async function check(
  reply: Reply,
  {
    deadline = new Date('2030-01-01'),
    mint,
    status = 'ACTIVE',
  }: {
    readonly deadline?: Date;
    readonly mint?: () => void;
    readonly status?: string;
  } = {},
) {
  await using grafana = await answeringServer(() => reply);
  const { amg, tokens } = controlPlane(grafana.url, status, mint);
  const clock = testClock();
  const result = checkConfiguration(
    { workspaceId: 'g-1', serviceAccountId: '2', deadline },
    { amg, clock, session: grafanaSessions(amg, clock) },
  );
  const ended = await result.then(
    (value) => ({ value, error: undefined }),
    (error: Error) => ({ value: undefined, error }),
  );
  return { ...ended, tokens, asked: grafana.received.map(({ method, path }) => `${method} ${path}`) };
}

it('is READY when Grafana returns its version to a token, and deletes the token', async () => {
  const { value, tokens, asked } = await check(settings);
  expect(value).toMatchObject({
    status: 'READY',
    detail: expect.stringContaining('Grafana 12.4.2 answers at'),
    access: { workspaceId: 'g-1', serviceAccountId: '2', grafanaVersion: '12.4' },
  });
  expect(asked).toEqual(['GET /api/frontend/settings']);
  expect(tokens).toEqual({ minted: 1, deleted: 1 });
});

it('asks for no token while the workspace is not ACTIVE', async () => {
  const { value, tokens } = await check(settings, { status: 'UPDATING' });
  expect(value).toMatchObject({ status: 'PENDING', detail: 'g-1 is UPDATING' });
  expect(tokens.minted).toBe(0);
});

it.each<[string, Reply]>([
  ['401', { status: 401, body: { message: 'Invalid API key' } }],
  ['404', { status: 404, body: 'no target' }],
  ['502', { status: 502, body: 'Bad Gateway' }],
  ['503', { status: 503, body: { message: 'restarting' } }],
  ['a broken connection', { fail: 'reset' }],
  ['a page instead of an answer', { body: '<html>starting</html>' }],
  ['settings without a version', { body: { buildInfo: {} } }],
])('is PENDING at %s, and leaves no token', async (_name, reply) => {
  const { value, tokens } = await check(reply);
  expect(value).toMatchObject({ status: 'PENDING', detail: expect.stringMatching(/^ACTIVE, but ./) });
  expect(tokens.deleted).toBe(tokens.minted);
});

it('is PENDING while AMG refuses a token because it changes the workspace', async () => {
  const mint = () => {
    throw Object.assign(new Error('not now'), { name: 'ConflictException' });
  };
  expect((await check(settings, { mint })).value).toMatchObject({ status: 'PENDING', detail: 'ACTIVE, but not now' });
});

it.each(['InternalServerException', 'ThrottlingException', 'AccessDeniedException'])(
  'leaves %s of AMG to the state machine',
  async (name) => {
    const mint = () => {
      throw Object.assign(new Error('no'), { name });
    };
    expect((await check(settings, { mint })).error).toMatchObject({ name });
  },
);

it('ends at its deadline with Grafana’s last response', async () => {
  const { error } = await check({ status: 401, body: { message: 'Invalid API key' } }, { deadline: new Date(0) });
  expect(error).toMatchObject({
    name: 'WorkspaceTimedOut',
    message: expect.stringMatching(/ACTIVE, but Grafana answered GET \/api\/frontend\/settings with 401/),
  });
});

it('says at once which route the front end refuses, without a loop', async () => {
  const { error, tokens, asked } = await check({ status: 400, body: 'Bad Request: Not allowed.' });
  expect(error).toMatchObject({
    name: 'RouteNotAllowed',
    message: expect.stringMatching(/refuses GET \/api\/frontend\/settings.*docs\/aws-facts\.md/),
  });
  expect(error?.message).not.toMatch(/400/);
  expect(asked).toHaveLength(1);
  expect(tokens).toEqual({ minted: 1, deleted: 1 });
});

it('reports at once that the network access control refuses the setup', async () => {
  const { error } = await check({ status: 403, body: 'Forbidden' });
  expect(error).toMatchObject({ name: 'NetworkAccessRefused', message: expect.stringContaining('AMG console') });
});

it('throws at once for a lasting error', async () => {
  const { error } = await check({ status: 403, body: { message: 'no permission' } });
  expect(error).toMatchObject({ name: 'GrafanaRejected' });
});
