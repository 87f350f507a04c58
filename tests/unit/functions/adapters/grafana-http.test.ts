import { connectGrafana } from '../../../../functions/adapters/grafana-http';
import { grafanaSessions } from '../../../../functions/adapters/grafana-session';
import type { Amg } from '../../../../functions/domain/workspace';
import { answeringServer } from '../../../helpers/answering-server';
import { testClock } from '../../../helpers/test-clock';

describe('a request to Grafana', () => {
  it.each([429, 500, 502, 503, 504, 408])('is tried again after %i', async (status) => {
    await using server = await answeringServer((_, count) => (count < 3 ? { status } : { body: { ok: true } }));
    const answer = await connectGrafana(server.url, testClock()).request('GET', '/api/folders');
    expect(answer).toEqual({ status: 200, body: { ok: true } });
    expect(server.received).toHaveLength(3);
  });

  it('is given up after four tries, with the last reason', async () => {
    await using server = await answeringServer(() => ({ status: 503, body: { message: 'restarting' } }));
    await expect(connectGrafana(server.url, testClock()).request('GET', '/api/folders?limit=1')).rejects.toMatchObject({
      name: 'GrafanaUnavailable',
      message: expect.stringMatching(/GET \/api\/folders: 503 restarting/),
    });
    expect(server.received).toHaveLength(4);
  });

  it('waits as long as Retry-After says, ten seconds at most', async () => {
    await using server = await answeringServer((_, count) =>
      count === 1
        ? { status: 429, headers: { 'retry-after': '2' } }
        : count === 2
          ? { status: 429, headers: { 'retry-after': '600' } }
          : {},
    );
    const clock = testClock();
    await connectGrafana(server.url, clock).request('GET', '/');
    expect(clock.slept).toEqual([2_000, 10_000]);
  });

  it('is tried again when the connection is lost', async () => {
    await using server = await answeringServer((_, count) => (count === 1 ? { fail: 'reset' } : {}));
    expect((await connectGrafana(server.url, testClock()).request('GET', '/')).status).toBe(200);
  });

  it('ends at its timeout when Grafana hangs', async () => {
    await using server = await answeringServer(() => ({ fail: 'hang' }));
    const request = connectGrafana(server.url, testClock()).request('GET', '/api/health', {
      timeout: 50,
      retry: false,
    });
    await expect(request).rejects.toThrow(/GET \/api\/health: .*timeout/);
  });

  it('does not accept a redirect: it would be the log-in page', async () => {
    await using server = await answeringServer(() => ({ status: 302, headers: { location: '/login' } }));
    const request = connectGrafana(server.url, testClock()).request('GET', '/', { retry: false });
    await expect(request).rejects.toMatchObject({
      name: 'GrafanaUnavailable',
      message: expect.stringContaining('redirected to /login'),
    });
  });

  it('retries after an HTML page: the log-in page of a proxy comes with status 200', async () => {
    await using server = await answeringServer((_, count) => ({
      body: count === 1 ? '<html>Sign in</html>' : { uid: 'a', title: 'A' },
    }));
    await expect(connectGrafana(server.url, testClock()).request('GET', '/api/folders/a')).resolves.toMatchObject({
      body: { uid: 'a' },
    });
  });

  it.each([
    ['GET', '/api/search?type=dash-db', {}],
    ['GET', '/api/v1/provisioning/contact-points', { message: 'hello' }],
    ['POST', '/api/dashboards/db', {}],
    ['PUT', '/api/v1/provisioning/policies', []],
    ['GET', '/api/datasources/uid/loki/health', {}],
  ] as const)(
    'is tried again when the response to %s %s has another shape, and never counts as done',
    async (method, path, body) => {
      await using server = await answeringServer(() => ({ body }));
      await expect(connectGrafana(server.url, testClock()).request(method, path)).rejects.toMatchObject({
        name: 'GrafanaUnavailable',
        message: expect.stringContaining('answered 200 with another shape'),
      });
      expect(server.received).toHaveLength(4);
    },
  );

  it.each([400, 403, 404, 412, 422, 501])('is not tried again after %i, and says why', async (status) => {
    await using server = await answeringServer(() => ({ status, body: { message: 'bad uid' } }));
    await expect(
      connectGrafana(server.url, testClock()).request('POST', '/api/folders', { body: {} }),
    ).rejects.toMatchObject({
      name: 'GrafanaRejected',
      status,
      message: expect.stringContaining('bad uid'),
    });
    expect(server.received).toHaveLength(1);
  });

  it('returns a status that the caller accepts', async () => {
    await using server = await answeringServer(() => ({ status: 404, body: { message: 'not found' } }));
    expect((await connectGrafana(server.url, testClock()).request('GET', '/', { accept: [404] })).status).toBe(404);
  });
});

describe('a session', () => {
  const access = (endpoint: string) => ({
    workspaceId: 'g-1',
    endpoint,
    grafanaVersion: '12.4',
    serviceAccountId: '1',
  });

  /** A control plane with only token operations; each key contains its number. */
  function tokens() {
    const alive = new Set<string>();
    const seconds: number[] = [];
    let minted = 0;
    const amg = {
      async mintToken(_workspace: string, _account: string, name: string, secondsToLive: number) {
        minted += 1;
        seconds.push(secondsToLive);
        alive.add(`${minted}`);
        return { id: `${minted}`, name, key: `key-${minted}` };
      },
      async deleteToken(_workspace: string, _account: string, id: string) {
        alive.delete(id);
      },
    } as unknown as Amg;
    return { amg, alive, seconds, minted: () => minted };
  }

  it('mints one token for all its requests and deletes it', async () => {
    await using server = await answeringServer(() => ({}));
    const { amg, alive, minted } = tokens();
    await grafanaSessions(amg, testClock())(access(server.url), 'test', async (grafana) => {
      await grafana.request('GET', '/a');
      await grafana.request('GET', '/b');
    });
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer key-1', 'Bearer key-1']);
    expect([minted(), alive.size]).toEqual([1, 0]);
  });

  it('mints tokens that expire soon, in case nobody deletes them', async () => {
    await using server = await answeringServer(() => ({}));
    const { amg, seconds } = tokens();
    await grafanaSessions(amg, testClock())(access(server.url), 'test', (grafana) => grafana.request('GET', '/'));
    // A Lambda function runs at most 15 minutes, so no token is needed longer.
    expect(seconds).toEqual([600]);
  });

  it('mints none when it makes no request', async () => {
    const { amg, minted } = tokens();
    await grafanaSessions(amg, testClock())(access('http://127.0.0.1:9'), 'test', async () => undefined);
    expect(minted()).toBe(0);
  });

  it('mints again once after a 401, and deletes both', async () => {
    await using server = await answeringServer(({ headers }) =>
      headers.authorization === 'Bearer key-2' ? {} : { status: 401 },
    );
    const { amg, alive, minted } = tokens();
    await grafanaSessions(amg, testClock())(access(server.url), 'test', (grafana) => grafana.request('GET', '/'));
    expect([minted(), alive.size]).toEqual([2, 0]);
  });

  it('gives up at the second 401', async () => {
    await using server = await answeringServer(() => ({ status: 401, body: { message: 'Invalid API key' } }));
    const { amg, minted } = tokens();
    const session = grafanaSessions(amg, testClock())(access(server.url), 'test', (grafana) =>
      grafana.request('GET', '/'),
    );
    await expect(session).rejects.toMatchObject({ name: 'GrafanaRejected', status: 401 });
    expect(minted()).toBe(2);
  });

  it('deletes the token when the work throws', async () => {
    await using server = await answeringServer(() => ({ status: 400 }));
    const { amg, alive } = tokens();
    await expect(
      grafanaSessions(amg, testClock())(access(server.url), 'test', (grafana) => grafana.request('GET', '/')),
    ).rejects.toThrow();
    expect(alive.size).toBe(0);
  });
});
