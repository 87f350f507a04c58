import path from 'node:path';
import type { ResolvedBackend } from '../../engines';
import { createFrontEnd, readFrontEnd, routeOf } from '../../grafana-server/front-end/front-end';
import { frontEndRoutes } from '../../grafana-server/front-end/routes';
import { grafanaApi } from './support/data-source';
import { startGrafanaCloud } from './support/grafana-cloud';

describe('the table of the front end', () => {
  it('has one row for each route, and the most specific one applies', () => {
    expect(routeOf('GET', '/api/datasources/proxy/uid/loki/loki/api/v1/labels', 12)?.fact).toBe(
      'workspace-proxy-by-uid',
    );
    expect(routeOf('GET', '/api/datasources/proxy/3/loki/api/v1/labels', 12)?.fact).toBe('workspace-proxy-by-id');
    const names = frontEndRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

const restricted = { version: () => '12.4', isRestricted: () => true };
const workspace = (version: string) => ({ version: () => version, isRestricted: () => false });
const answer = (request: string, { version = '12.4', mode = 'default', refuse = [], hasToken = true } = {}) => {
  const [method = '', path = ''] = request.split(' ');
  const options = { mode: mode as 'default' | 'strict', refuse };
  return createFrontEnd(options, workspace(version)).answer({ method, path, hasToken });
};
const notAllowed = { status: 400, type: 'text/plain', body: 'Bad Request: Not allowed.' };

describe('the front end', () => {
  it.each(['GET /api/health', 'HEAD /api/health', 'GET /api/health/'])(
    'refuses %s with and without a token',
    (request) => {
      expect(answer(request)).toEqual(notAllowed);
      expect(answer(request, { hasToken: false })).toEqual(notAllowed);
    },
  );

  it.each([
    'GET /api/admin/settings',
    'DELETE /api/v1/provisioning/policies',
    'GET /api/datasources/1',
    'GET /api/plugins',
    'POST /api/frontend/settings',
    'GET /apis/dashboard.grafana.app/v1',
    'GET /explore',
    'GET /api/datasources/uid/loki/health/more',
  ])('refuses %s, which is not in the table, to a token', (request) => {
    expect(answer(request)).toEqual(notAllowed);
  });

  it.each(['GET /', 'GET /d/service-overview/x', 'GET /public/build/app.js', 'GET /api/user', 'GET /api/org'])(
    'lets a browser have %s by its session',
    (request) => {
      expect(answer(request, { hasToken: false })).toBeUndefined();
    },
  );

  it('answers that the access control API does not exist', () => {
    expect(answer('POST /api/access-control/folders/x')).toEqual({ status: 404, type: 'application/json', body: '{}' });
  });

  it('refuses the notification channel API from 12 on', () => {
    expect(answer('GET /api/alert-notifications/1')).toMatchObject({ status: 404 });
    expect(answer('GET /api/alert-notifications/1', { version: '10.4' })).toEqual(notAllowed);
  });

  it('allows the /apis tree from 12 on', () => {
    const request = 'GET /apis/dashboard.grafana.app/v1/namespaces/default/dashboards';
    expect(answer(request)).toBeUndefined();
    expect(answer(request, { version: '10.4' })).toEqual(notAllowed);
  });

  it('allows numeric ids of data sources below 13 only', () => {
    expect(answer('GET /api/datasources/proxy/1/api/v1/query')).toBeUndefined();
    expect(answer('GET /api/datasources/proxy/1/api/v1/query', { version: '13.2' })).toEqual(notAllowed);
  });

  it('answers Forbidden to every request where network access control is on', () => {
    const request = { method: 'GET', path: '/api/frontend/settings', hasToken: true };
    expect(createFrontEnd({ mode: 'default', refuse: [] }, restricted).answer(request)).toEqual({
      status: 403,
      type: 'text/plain',
      body: 'Forbidden',
    });
  });

  it('refuses only the routes that LOCAL_AMG_REFUSE lists', () => {
    const refuse: string[] = ['GET /api/datasources/uid/*/health'];
    expect(answer('GET /api/datasources/uid/loki/health', { refuse: refuse as never[] })).toEqual(notAllowed);
    expect(answer('GET /api/datasources/uid/loki', { refuse: refuse as never[] })).toBeUndefined();
  });

  it('refuses routes without evidence in strict mode', () => {
    const without = frontEndRoutes.filter(({ evidence }) => evidence === 'none');
    expect(without.length).toBeGreaterThan(0);
    for (const { method, path } of frontEndRoutes) {
      const request = `${method === '*' ? 'GET' : method} ${path.replace(/:\w+|\*/g, 'x')}`;
      const version = path.startsWith('/apis/') ? '13.2' : '12.4';
      const isWithout = without.some((route) => route.path === path && route.method === method);
      expect([request, answer(request, { version, mode: 'strict' })]).toEqual([
        request,
        isWithout ? notAllowed : undefined,
      ]);
      expect([request, answer(request, { version })]).toEqual([request, undefined]);
    }
  });

  it('reads its mode from the environment and refuses unknown values', () => {
    expect(readFrontEnd({})).toEqual({ mode: 'default', refuse: [] });
    expect(readFrontEnd({ LOCAL_AMG: 'strict', LOCAL_AMG_REFUSE: 'GET /api/org, * /api/ds/query' })).toEqual({
      mode: 'strict',
      refuse: ['GET /api/org', '* /api/ds/query'],
    });
    expect(() => readFrontEnd({ LOCAL_AMG: 'sometimes' })).toThrow('LOCAL_AMG is "sometimes"');
    expect(() => readFrontEnd({ LOCAL_AMG_REFUSE: '/api/org' })).toThrow('LOCAL_AMG_REFUSE names "/api/org"');
  });
});

/** A test program in place of a real Grafana, which answers every request. */
const real: ResolvedBackend = {
  name: 'grafana',
  kind: 'binary',
  label: 'Grafana 12.4.0 (binary)',
  notes: [],
  command: (_args, { env }) => ({
    file: process.execPath,
    args: [path.join(__dirname, 'support', 'grafana-program.cjs')],
    env,
  }),
};

describe.each([
  ['the stand-in', {}],
  ['a real Grafana', { resolve: async () => real }],
])('in front of %s', (_name, backend) => {
  it('refuses what Amazon Managed Grafana refuses, and lets the rest reach Grafana', async () => {
    await using cloud = await startGrafanaCloud({ ...backend, frontEnd: { mode: 'default' } });
    const { id, endpoint } = await cloud.workspace();
    const api = grafanaApi(endpoint, await cloud.token(id));
    for (const refused of ['/api/health', '/api/admin/stats']) {
      const response = await api('GET', refused);
      expect([response.status, response.body]).toEqual([400, 'Bad Request: Not allowed.']);
      expect(response.headers.get('content-type')).toBe('text/plain');
    }
    expect(await api('GET', '/api/access-control/users/roles')).toMatchObject({ status: 404, body: {} });
    expect((await api('GET', '/api/frontend/settings')).status).toBe(200);
    expect((await fetch(`${endpoint}/healthz`)).status).toBe(200);
    expect((await fetch(`${endpoint}/`)).status).toBe(200);
    expect(await cloud.journal()).toContainEqual(
      expect.objectContaining({ service: 'grafana-http', path: '/api/health', status: 400 }),
    );
  });
});
