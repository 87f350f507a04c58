import { connectGrafana } from '../../../../functions/adapters/grafana-http';
import { runCheck } from '../../../../functions/domain/checks/check';
import { contactPointChecks } from '../../../../functions/domain/checks/contact-point';
import { ruleChecks } from '../../../../functions/domain/checks/rules';
import type { Content } from '../../../../functions/domain/content';
import type { Grafana } from '../../../../functions/domain/grafana';
import { logLines } from '../../../../functions/domain/queries/loki';
import { searchTraces, traceById } from '../../../../functions/domain/queries/tempo';
import { ownClient, secondWays } from '../../../../functions/domain/second-ways';
import { judgeResults } from '../../../../functions/judge-results/judge-results';
import { content } from '../../../../functions/shared/content';
import { answeringServer, type Received, type Reply } from '../../../helpers/answering-server';
import { testClock } from '../../../helpers/test-clock';

const notAllowed: Reply = { status: 400, body: 'Bad Request: Not allowed.', headers: { 'content-type': 'text/plain' } };

/** A workspace whose front end refuses the matching paths; `answer` responds to the others. */
async function workspace(refuses: RegExp, answer: (request: Received) => Reply = () => ({ status: 404 })) {
  const server = await answeringServer((request) =>
    refuses.test(`${request.method} ${request.path}`) ? notAllowed : answer(request),
  );
  const asked = () => server.received.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
  return { grafana: connectGrafana(server.url, testClock()), asked, [Symbol.asyncDispose]: server.close };
}

const range = { from: new Date(0), to: new Date(60_000) };
const frames = (fields: readonly string[], values: readonly (readonly unknown[])[]): Reply => ({
  body: {
    results: {
      A: { status: 200, frames: [{ schema: { fields: fields.map((name) => ({ name })) }, data: { values } }] },
    },
  },
});

it('asks by numeric id where the proxy by uid is refused, and only once by uid', async () => {
  await using refusing = await workspace(/\/proxy\/uid\//, ({ path }) =>
    path.startsWith('/api/datasources/uid/')
      ? { body: { id: 7, uid: 'loki', name: 'Loki', type: 'loki' } }
      : { body: { data: { result: [{ stream: { job: 'a' }, values: [['1', 'line']] }] } } },
  );
  const { grafana, asked } = refusing;
  for (const _ of [1, 2])
    expect(await logLines(grafana, '{job="a"}', range)).toEqual({
      kind: 'data',
      data: [{ labels: { job: 'a' }, text: 'line' }],
    });
  expect(asked()).toEqual([
    'GET /api/datasources/proxy/uid/loki/loki/api/v1/query_range',
    'GET /api/datasources/uid/loki',
    'GET /api/datasources/proxy/7/loki/api/v1/query_range',
    'GET /api/datasources/uid/loki',
    'GET /api/datasources/proxy/7/loki/api/v1/query_range',
  ]);
  expect(secondWays(grafana)).toBe(
    'proved by GET /api/datasources/proxy/:id, as this workspace refuses GET /api/datasources/proxy/uid/loki',
  );
});

describe('where both kinds of proxy are refused', () => {
  const proxies = /\/proxy\//;

  it('reads log lines from Grafana’s frame', async () => {
    await using refusing = await workspace(proxies, ({ path }) =>
      path === '/api/ds/query'
        ? frames(
            ['labels', 'Time', 'Line'],
            [
              [{ trace_id: 't' }, {}],
              [1, 2],
              ['one', 'two'],
            ],
          )
        : { body: { id: 7, uid: 'loki', name: 'Loki', type: 'loki' } },
    );
    expect(await logLines(refusing.grafana, '{job="a"}', range)).toEqual({
      kind: 'data',
      data: [
        { labels: { trace_id: 't' }, text: 'one' },
        { labels: {}, text: 'two' },
      ],
    });
    expect(secondWays(refusing.grafana)).toMatch(
      /^proved by POST \/api\/ds\/query, as this workspace refuses GET .*uid\/loki and GET .*:id$/,
    );
  });

  it('reads spans from Grafana’s frame', async () => {
    const names = [
      'traceID',
      'spanID',
      'parentSpanID',
      'operationName',
      'serviceName',
      'kind',
      'statusCode',
      'startTime',
      'tags',
    ];
    await using refusing = await workspace(proxies, ({ path }) =>
      path === '/api/ds/query'
        ? frames(names, [
            ['t'],
            ['00f067aa0ba902b7'],
            [''],
            ['GET /data'],
            ['service'],
            ['server'],
            [2],
            [1_000.5],
            [[{ key: 'http.request.method', value: 'GET' }]],
          ])
        : { body: { id: 7, uid: 'tempo', name: 'Tempo', type: 'tempo' } },
    );
    expect(await traceById(refusing.grafana, 't')).toEqual({
      kind: 'data',
      data: [
        {
          service: 'service',
          name: 'GET /data',
          spanId: '00f067aa0ba902b7',
          parentSpanId: '',
          kind: 'SERVER',
          isError: true,
          startedAt: 1_000.5,
          attributes: { 'http.request.method': 'GET' },
        },
      ],
    });
  });

  it('treats a trace that Tempo does not have yet as missing, not as an error', async () => {
    const error = 'failed to get trace with id: t Status: 404 Not Found Body: ';
    await using refusing = await workspace(proxies, ({ path }) =>
      path === '/api/ds/query'
        ? { status: 400, body: { results: { A: { status: 404, error } } } }
        : { body: { id: 7, uid: 'tempo', name: 'Tempo', type: 'tempo' } },
    );
    expect(await traceById(refusing.grafana, 't')).toEqual({ kind: 'data', data: undefined });
  });

  it('finds traces by Grafana’s table', async () => {
    await using refusing = await workspace(proxies, ({ path }) =>
      path === '/api/ds/query'
        ? frames(
            ['traceID', 'startTime', 'traceService', 'traceName'],
            [
              ['a'.repeat(31), 'b'.repeat(32)],
              [1, 2],
              ['tester', '<root span not yet received>'],
              ['POST /data', ''],
            ],
          )
        : { body: { id: 7, uid: 'tempo', name: 'Tempo', type: 'tempo' } },
    );
    expect(await searchTraces(refusing.grafana, '{}')).toEqual({
      kind: 'data',
      data: [
        { traceId: `0${'a'.repeat(31)}`, rootService: 'tester', rootName: 'POST /data' },
        { traceId: 'b'.repeat(32), rootService: '<root span not yet received>', rootName: '' },
      ],
    });
  });
});

it('treats Grafana 13’s own "Not found" as a numeric id that is turned off', async () => {
  await using refusing = await workspace(/\/proxy\/uid\//, ({ path }) =>
    path === '/api/ds/query'
      ? frames(['labels', 'Line'], [[], []])
      : path.includes('/proxy/')
        ? { status: 404, body: { message: 'Not found' } }
        : { body: { id: 7, uid: 'loki', name: 'Loki', type: 'loki' } },
  );
  expect(await logLines(refusing.grafana, '{job="a"}', range)).toEqual({ kind: 'data', data: [] });
  expect(secondWays(refusing.grafana)).toContain('proved by POST /api/ds/query');
});

it('does not share refusals with another client', async () => {
  await using refusing = await workspace(/\/proxy\/uid\//, () => ({
    body: { id: 7, uid: 'loki', name: 'L', type: 'loki' },
  }));
  await logLines(refusing.grafana, '{job="a"}', range);
  expect(secondWays(ownClient(refusing.grafana))).toBe('');
});

describe('a check that the workspace makes impossible', () => {
  it('is not evaluated, at once, and says which route is refused', async () => {
    await using refusing = await workspace(/./);
    const [check] = ruleChecks(refusing.grafana, { ...content, rules: content.rules.slice(0, 1) }, testClock());
    const verdict = await runCheck(check as NonNullable<typeof check>, testClock());
    expect(verdict).toMatchObject({ outcome: 'not-evaluated', isRefused: true, looks: 1 });
    expect(verdict.found).toMatch(
      /^this workspace refuses GET \/api\/v1\/provisioning\/alert-rules\/\S+, and nothing else proves it$/,
    );
  });

  it.each<[string, string, Reply]>([
    ['12.4', 'is refused', notAllowed],
    ['13.2', 'is refused', notAllowed],
    ['12.4', 'is gone', { status: 410, body: { message: 'gone' } }],
    ['13.2', 'is not there', { status: 404, body: { message: 'Not found' } }],
  ])('on %s a test of the contact point that %s leaves it to the drill', async (version, _what, reply) => {
    await using refusing = await workspace(/^$/, ({ method }) =>
      method === 'GET'
        ? { body: [{ uid: 'stack-alerts', name: 'Stack alerts (SNS)', type: 'sns', settings: { topic_arn: 'arn' } }] }
        : reply,
    );
    const verdict = await contactPoint(refusing.grafana, content, version);
    expect(verdict).toMatchObject({ outcome: 'not-evaluated', isRefused: true });
    expect(verdict.found).toMatch(/^this workspace refuses POST .*sls setup --drill$/);
  });
});

async function contactPoint(grafana: Grafana, all: Content, version: string) {
  const [check] = contactPointChecks(grafana, all, version, { send: true, alertTopicArn: 'arn' });
  return runCheck(check as NonNullable<typeof check>, testClock());
}

describe('the judgement', () => {
  const refused = {
    name: 'contact-point',
    outcome: 'not-evaluated',
    found: 'this workspace refuses X',
    isRefused: true,
  };
  const unknown = { name: 'panels', outcome: 'not-evaluated', found: 'no engine' };

  it('lets a run succeed, and reports what the workspace makes impossible', async () => {
    expect(await judgeResults({ steps: [], checks: [refused] }, { notEvaluated: 'fail' })).toMatchObject({
      outcome: 'passed',
      detail: '0 checks passed, 0 failed, 1 not evaluated: contact-point (this workspace refuses X)',
    });
  });

  it('still fails for what no engine evaluated', async () => {
    await expect(
      judgeResults({ steps: [], checks: [refused, unknown] }, { notEvaluated: 'fail' }),
    ).rejects.toMatchObject({
      name: 'SignalsNotVerified',
      message: expect.stringContaining('panels (no engine)'),
    });
  });
});
