import { createAps } from '../../aws/aps';
import { resolveBackend } from '../../engines';
import { grafanaApi, type Json, startDataSource } from './support/data-source';
import { filledWorkspace } from './support/filled-workspace';
import { type GrafanaCloud, startGrafanaCloud } from './support/grafana-cloud';

type Api = ReturnType<typeof grafanaApi>;

async function open(version: string, cloud: GrafanaCloud): Promise<{ api: Api; id: string; endpoint: string }> {
  const { id, endpoint } = await cloud.workspace({
    grafanaVersion: version,
    configuration: '{"plugins":{"pluginAdminEnabled":true},"unifiedAlerting":{"enabled":true}}',
  });
  return { id, endpoint, api: grafanaApi(endpoint, await cloud.token(id)) };
}

const loki = (url: string) => ({ name: 'Loki', uid: 'loki', type: 'loki', access: 'proxy', url, jsonData: {} });
const tempo = (url: string) => ({ name: 'Tempo', uid: 'tempo', type: 'tempo', access: 'proxy', url, jsonData: {} });
const prometheus = (url: string, jsonData = {}) => ({
  name: 'Prometheus',
  uid: 'prometheus',
  type: 'prometheus',
  access: 'proxy',
  url,
  isDefault: true,
  jsonData,
});

describe('a workspace', () => {
  let cloud: GrafanaCloud;
  beforeAll(async () => {
    cloud = await startGrafanaCloud({ maxWorkspaces: 50 });
  });
  afterAll(() => cloud[Symbol.asyncDispose]());

  describe('authorization', () => {
    it('refuses a request without a valid token of the workspace', async () => {
      const { api, id, endpoint } = await open('12.4', cloud);
      const other = await open('12.4', cloud);
      expect((await fetch(`${endpoint}/api/health`)).status).toBe(200);
      expect((await fetch(`${endpoint}/api/org`)).status).toBe(401);
      expect(await grafanaApi(endpoint, 'glsa_wrong')('GET', '/api/org')).toMatchObject({
        status: 401,
        body: { messageId: 'api-key.invalid' },
      });
      expect((await grafanaApi(endpoint, await cloud.token(other.id))('GET', '/api/org')).status).toBe(401);
      const short = grafanaApi(endpoint, await cloud.token(id, 'ADMIN', 1));
      expect((await short('GET', '/api/org')).status).toBe(200);
      cloud.skew += 1000;
      expect(await short('GET', '/api/org')).toMatchObject({ status: 401, body: { messageId: 'api-key.expired' } });
      expect(await api('GET', '/api/org')).toMatchObject({ status: 200, body: { name: 'Main Org.' } });
    });

    it('refuses a page of another origin', async () => {
      const { endpoint } = await open('12.4', cloud);
      expect((await fetch(`${endpoint}/api/health`, { headers: { origin: 'https://example.org' } })).status).toBe(403);
    });

    it.each([
      ['VIEWER', 'POST', '/api/dashboards/db', 403],
      ['EDITOR', 'POST', '/api/dashboards/db', 400],
      ['EDITOR', 'GET', '/api/datasources', 403],
      ['VIEWER', 'GET', '/api/search', 200],
      ['VIEWER', 'PUT', '/api/v1/provisioning/policies', 403],
      ['ADMIN', 'GET', '/api/nothing', 404],
    ] as const)('a %s who asks %s %s with %i', async (role, method, path, status) => {
      const { id, endpoint } = await open('12.4', cloud);
      expect(
        (await grafanaApi(endpoint, await cloud.token(id, role))(method, path, method === 'GET' ? undefined : {}))
          .status,
      ).toBe(status);
    });
  });

  describe('keeps data sources', () => {
    it('creates, reads, updates and deletes by uid, and never returns a secret', async () => {
      const { api } = await open('12.4', cloud);
      const created = await api('POST', '/api/datasources', {
        ...loki('http://127.0.0.1:1'),
        secureJsonData: { basicAuthPassword: 'hush' },
      });
      expect(created).toMatchObject({
        status: 200,
        body: { message: 'Datasource added', name: 'Loki', datasource: { uid: 'loki', version: 1 } },
      });
      expect((await api('POST', '/api/datasources', loki('http://127.0.0.1:1'))).status).toBe(409);
      const read = await api('GET', '/api/datasources/uid/loki');
      expect(read.body).toMatchObject({ secureJsonFields: { basicAuthPassword: true }, readOnly: false });
      expect(JSON.stringify(read.body)).not.toContain('hush');
      const updated = await api('PUT', '/api/datasources/uid/loki', { ...read.body, jsonData: { maxLines: 10 } });
      expect(updated).toMatchObject({ status: 200, body: { datasource: { version: 2, jsonData: { maxLines: 10 } } } });
      expect((await api('PUT', '/api/datasources/uid/loki', { ...read.body, version: 1 })).status).toBe(409);
      expect((await api('GET', '/api/datasources')).body).toMatchObject([{ uid: 'loki', typeName: 'loki' }]);
      expect((await api('DELETE', '/api/datasources/uid/loki')).status).toBe(200);
      expect(await api('GET', '/api/datasources/uid/loki')).toMatchObject({
        status: 404,
        body: { message: 'Data source not found' },
      });
    });

    it.each([
      ['without a type', { name: 'x', access: 'proxy' }],
      ['with a uid of other characters', { ...loki('http://127.0.0.1:1'), uid: 'lo ki' }],
      ['with a misspelt member', { ...loki('http://127.0.0.1:1'), jsondata: {} }],
      ['with no URL', { ...loki('127.0.0.1:3100') }],
    ])('refuses one %s', async (_name, body) => {
      const { api } = await open('12.4', cloud);
      expect((await api('POST', '/api/datasources', body)).status).toBe(400);
    });

    it('supports numeric ids up to 12 and not on 13', async () => {
      for (const [version, status] of [
        ['12.4', 200],
        ['13.2', 404],
      ] as const) {
        const { api } = await open(version, cloud);
        const { body } = await api('POST', '/api/datasources', loki('http://127.0.0.1:1'));
        expect((await api('GET', `/api/datasources/${String(body['id'])}`)).status).toBe(status);
      }
    });
  });

  describe('queries to Amazon Managed Prometheus', () => {
    let endpoint = '';
    beforeAll(async () => {
      const aps = createAps(cloud.kernel, {
        resolve: () => resolveBackend('prometheus', { environment: { LOCAL_BACKENDS: 'standin' } }),
      });
      cloud.kernel.register(aps);
      const handler = aps.resources?.['AWS::APS::Workspace'];
      const made = await handler?.create({
        stackName: 's',
        stackId: 's',
        logicalId: 'W',
        type: 'AWS::APS::Workspace',
        properties: {},
        tags: {},
      });
      endpoint = made?.attributes?.['PrometheusEndpoint'] ?? '';
    });

    const signed = { sigV4Auth: true, sigV4AuthType: 'ec2_iam_role', sigV4Region: 'eu-west-1', httpMethod: 'POST' };
    const amazon = (url: string, jsonData = {}) => ({
      ...prometheus(url, { ...signed, ...jsonData }),
      type: 'grafana-amazonprometheus-datasource',
    });

    it('are signed as the workspace role by the Amazon plugin', async () => {
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', amazon(endpoint));
      expect(await api('GET', '/api/datasources/uid/prometheus/health')).toMatchObject({
        status: 200,
        body: { status: 'OK', message: 'Successfully queried the Prometheus API.' },
      });
      expect(await api('GET', '/api/datasources/proxy/uid/prometheus/api/v1/query?query=1%2B1')).toMatchObject({
        status: 200,
        body: { status: 'success' },
      });
    });

    it('are signed by the core plugin on 10.4, and unsigned and refused on 12.4', async () => {
      const old = await open('10.4', cloud);
      await old.api('POST', '/api/datasources', prometheus(endpoint, signed));
      expect((await old.api('GET', '/api/datasources/uid/prometheus/health')).status).toBe(200);
      const recent = await open('12.4', cloud);
      await recent.api('POST', '/api/datasources', prometheus(endpoint, signed));
      expect(await recent.api('GET', '/api/datasources/uid/prometheus/health')).toMatchObject({
        status: 400,
        body: { status: 'ERROR', message: expect.stringContaining('403') },
      });
    });

    it.each([
      ['an auth type that AMG does not have', { sigV4AuthType: 'workspace-iam-role' }, /502|auth type/],
      ['no region', { sigV4Region: '' }, /MissingRegion/],
      ['the wrong region', { sigV4Region: 'us-east-1' }, /403/],
    ])('fail with %s', async (_name, jsonData, message) => {
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', amazon(endpoint, jsonData));
      expect(await api('GET', '/api/datasources/uid/prometheus/health')).toMatchObject({
        status: 400,
        body: { message: expect.stringMatching(message) },
      });
    });

    it('fail where the plugin is missing, until it is installed', async () => {
      const { api } = await open('10.4', cloud);
      await api('POST', '/api/datasources', amazon(endpoint));
      expect(await api('GET', '/api/datasources/uid/prometheus/health')).toMatchObject({
        status: 404,
        body: { messageId: 'plugin.notRegistered' },
      });
      const install = () => api('POST', '/api/plugins/grafana-amazonprometheus-datasource/install', {});
      expect((await api('GET', '/api/plugins/grafana-amazonprometheus-datasource/settings')).status).toBe(404);
      expect((await install()).status).toBe(200);
      expect((await install()).status).toBe(409);
      expect((await api('POST', '/api/plugins/no-such-plugin/install', {})).status).toBe(404);
      expect((await api('GET', '/api/datasources/uid/prometheus/health')).status).toBe(200);
    });
  });

  it('proxies Loki’s and Tempo’s answers, and allows only Prometheus’s listed paths', async () => {
    await using backend = await startDataSource((request) =>
      request.url.startsWith('/api/echo') ? { text: 'echo' } : { status: 501, text: `cannot do ${request.url}` },
    );
    const { api, endpoint } = await open('12.4', cloud);
    await api('POST', '/api/datasources', tempo(backend.url));
    await api('POST', '/api/datasources', prometheus(backend.url));
    expect(await api('GET', '/api/datasources/proxy/uid/tempo/api/echo?x=a%20b')).toMatchObject({
      status: 200,
      body: 'echo',
    });
    expect(backend.seen[0]).toMatchObject({ method: 'GET', url: '/api/echo?x=a+b' });
    expect(backend.seen[0]?.headers.authorization).toBeUndefined();
    expect(await api('GET', '/api/datasources/proxy/uid/tempo/api/other')).toMatchObject({
      status: 501,
      body: 'cannot do /api/other',
    });
    expect((await api('DELETE', '/api/datasources/proxy/uid/prometheus/api/v1/query')).status).toBe(403);
    expect(await api('GET', '/api/datasources/uid/tempo/health')).toMatchObject({
      status: 404,
      body: { messageId: 'plugin.notImplemented' },
    });
    await api('PUT', '/api/datasources/uid/tempo', tempo('http://127.0.0.1:1'));
    expect((await api('GET', '/api/datasources/proxy/uid/tempo/api/echo')).status).toBe(502);
    expect((await fetch(`${endpoint}/api/datasources/proxy/uid/tempo/api/echo`)).status).toBe(401);
  });

  describe('runs queries', () => {
    const now = Date.now();
    const range = { from: String(now - 60_000), to: String(now) };
    const ask = (api: Api, queries: unknown[]) => api('POST', '/api/ds/query', { ...range, queries });

    it('of Prometheus as data frames, and expressions over them', async () => {
      await using backend = await startDataSource((request) => {
        const form = new URLSearchParams(request.body);
        if (form.get('query') === 'up{')
          return { status: 400, json: { status: 'error', errorType: 'bad_data', error: 'parse error' } };
        if (request.url === '/api/v1/query')
          return {
            json: {
              status: 'success',
              data: { resultType: 'vector', result: [{ metric: { job: 'a' }, value: [1, '7'] }] },
            },
          };
        const metric = { __name__: 'up', job: 'a' };
        return {
          json: {
            status: 'success',
            data: {
              resultType: 'matrix',
              result: [
                {
                  metric,
                  values: [
                    [1, '1'],
                    [16, 'NaN'],
                    [31, '5'],
                  ],
                },
              ],
            },
          },
        };
      });
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', prometheus(backend.url));
      const datasource = { uid: 'prometheus', type: 'prometheus' };
      const expression = { uid: '__expr__', type: '__expr__' };
      const answer = await ask(api, [
        { refId: 'A', datasource, expr: 'rate(up[$__rate_interval])', range: true, legendFormat: '{{job}}' },
        {
          refId: 'B',
          datasource: expression,
          type: 'reduce',
          expression: 'A',
          reducer: 'max',
          settings: { mode: 'dropNN' },
        },
        {
          refId: 'C',
          datasource: expression,
          type: 'threshold',
          expression: 'B',
          conditions: [{ evaluator: { type: 'gt', params: [4] } }],
        },
        { refId: 'D', datasource: expression, type: 'math', expression: '($B + 1) * 2 > ${A}' },
        { refId: 'E', datasource, expr: 'up', instant: true, range: false, hide: true },
      ]);
      expect(answer.status).toBe(200);
      const results = answer.body['results'];
      expect(results?.['A']).toMatchObject({
        status: 200,
        frames: [
          {
            schema: {
              refId: 'A',
              meta: { type: 'timeseries-multi', executedQueryString: 'Expr: rate(up[60s])\nStep: 15s' },
              fields: [{ type: 'time' }, { labels: { job: 'a' }, config: { displayNameFromDS: 'a' } }],
            },
            data: {
              values: [
                [1000, 16_000, 31_000],
                [1, null, 5],
              ],
            },
          },
        ],
      });
      expect(results?.['B']).toMatchObject({ frames: [{ data: { values: [[5]] } }] });
      expect(results?.['C']).toMatchObject({ frames: [{ data: { values: [[1]] } }] });
      expect(results?.['D']).toMatchObject({
        frames: [
          {
            data: {
              values: [
                [1000, 16_000, 31_000],
                [1, 0, 1],
              ],
            },
          },
        ],
      });
      expect(results?.['E']).toBeUndefined();
      expect(await ask(api, [{ refId: 'A', datasource, expr: 'up{' }])).toMatchObject({
        status: 400,
        body: { results: { A: { status: 400, error: 'bad_data: parse error' } } },
      });
    });

    it('of Loki: log lines newest first, and metrics', async () => {
      await using backend = await startDataSource((request) =>
        request.url.startsWith('/loki/api/v1/query_range')
          ? {
              json: {
                status: 'success',
                data: {
                  resultType: 'streams',
                  result: [
                    { stream: { job: 'x' }, values: [['1000000', 'old']] },
                    { stream: { job: 'y' }, values: [['2000000', 'new']] },
                  ],
                },
              },
            }
          : { json: { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, '2'] }] } } },
      );
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', loki(backend.url));
      expect((await api('GET', '/api/datasources/uid/loki/health')).body).toMatchObject({ status: 'OK' });
      const answer = await ask(api, [
        { refId: 'A', datasource: { uid: 'loki' }, expr: '{job=~".+"}', queryType: 'range' },
      ]);
      expect(answer.body['results']?.['A']).toMatchObject({
        frames: [
          {
            data: {
              values: [[{ job: 'y' }, { job: 'x' }], [2, 1], ['new', 'old'], ['2000000', '1000000'], expect.any(Array)],
            },
          },
        ],
      });
      const instant = await ask(api, [
        { refId: 'A', datasource: { uid: 'loki' }, expr: 'count_over_time({job="x"}[1m])', queryType: 'instant' },
      ]);
      expect(instant.body['results']?.['A']).toMatchObject({
        frames: [{ schema: { meta: { type: 'numeric-multi' } }, data: { values: [[1000], [2]] } }],
      });
    });

    it('of Tempo: a trace by id, a search from 12 on, and a clear error before', async () => {
      const span = {
        traceId: 'AAAAAAAAAAAAAAAAAAAAAQ==',
        spanId: 'AAAAAAAAAAI=',
        name: 'GET /data/{key}',
        kind: 'SPAN_KIND_SERVER',
        startTimeUnixNano: '2000000',
        endTimeUnixNano: '5000000',
        status: { code: 'STATUS_CODE_ERROR' },
        attributes: [{ key: 'http.route', value: { stringValue: '/data/{key}' } }],
      };
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'svc' } }] };
      await using backend = await startDataSource((request) => {
        if (request.url.startsWith('/api/search'))
          return {
            json: {
              traces: [
                {
                  traceID: '1',
                  rootServiceName: 'svc',
                  rootTraceName: 'GET',
                  startTimeUnixNano: '2000000',
                  durationMs: 3,
                },
              ],
            },
          };
        if (request.url === '/api/v2/traces/00000000000000000000000000000001')
          return {
            json: {
              trace: { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'http' }, spans: [span] }] }] },
            },
          };
        return { status: 404, text: 'trace not found' };
      });
      const datasource = { uid: 'tempo' };
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', tempo(backend.url));
      const found = await ask(api, [
        { refId: 'A', datasource, queryType: 'traceql', query: '00000000000000000000000000000001' },
      ]);
      const frame = found.body['results']?.['A']?.['frames']?.['0'] as unknown as {
        schema: { fields: { name: string }[] };
        data: { values: unknown[][] };
      };
      const column = (name: string): unknown =>
        frame.data.values[frame.schema.fields.findIndex((field) => field.name === name)]?.[0];
      expect(['traceID', 'spanID', 'serviceName', 'kind', 'statusCode', 'duration'].map(column)).toEqual([
        '00000000000000000000000000000001',
        '0000000000000002',
        'svc',
        'server',
        2,
        3,
      ]);
      expect(
        await ask(api, [{ refId: 'A', datasource, queryType: 'traceId', query: 'ffffffffffffffffffffffffffffffff' }]),
      ).toMatchObject({ status: 400, body: { results: { A: { status: 404 } } } });
      const search = await ask(api, [
        { refId: 'A', datasource, queryType: 'traceql', query: '{resource.service.name="svc"}' },
      ]);
      expect(search.body['results']?.['A']).toMatchObject({
        frames: [
          { data: { values: [['00000000000000000000000000000001'], [2], ['svc'], ['GET'], [3], expect.any(Array)] } },
        ],
      });
      const old = await open('10.4', cloud);
      await old.api('POST', '/api/datasources', tempo(backend.url));
      expect(await ask(old.api, [{ refId: 'A', datasource, queryType: 'traceql', query: '{}' }])).toMatchObject({
        status: 400,
        body: { results: { A: { error: 'backend TraceQL search queries are not supported' } } },
      });
    });

    it('and answers 501 for a query that cannot be evaluated here, with the source’s message', async () => {
      await using backend = await startDataSource(() => ({
        status: 501,
        json: { status: 'error', errorType: 'unsupported', error: 'the stand-in does not evaluate histogram_quantile' },
      }));
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', prometheus(backend.url));
      await api('POST', '/api/datasources', {
        name: 'CloudWatch',
        uid: 'cloudwatch',
        type: 'cloudwatch',
        access: 'proxy',
        jsonData: { authType: 'ec2_iam_role', defaultRegion: 'eu-west-1' },
      });
      const answer = await ask(api, [
        { refId: 'A', datasource: { uid: 'prometheus' }, expr: 'histogram_quantile(0.9, x)' },
        { refId: 'B', datasource: { uid: 'cloudwatch' }, metricName: 'CPU', statistic: 'Sum' },
      ]);
      expect(answer).toMatchObject({
        status: 400,
        body: {
          results: {
            A: { status: 501, error: expect.stringContaining('histogram_quantile') },
            B: { status: 501, error: expect.stringContaining('not evaluated') },
          },
        },
      });
      expect(await cloud.journal()).toContainEqual(
        expect.objectContaining({ operation: 'POST /api/ds/query', error: expect.stringContaining('A: 501 ') }),
      );
      expect((await api('GET', '/api/datasources/uid/cloudwatch/health')).status).toBe(501);
      expect((await ask(api, [{ refId: 'A', datasource: { uid: 'gone' } }])).status).toBe(404);
      expect((await ask(api, [])).status).toBe(400);
    });
  });

  describe('a Prometheus query', () => {
    /**
     * The requests to Prometheus and the returned frames, as promlib made them from the same answers (run, v0.0.10).
     */
    const queryOne = async (query: object, result: unknown[]) => {
      await using backend = await startDataSource(() => ({
        json: { status: 'success', data: { resultType: 'matrix', result } },
      }));
      const { api } = await open('12.4', cloud);
      await api('POST', '/api/datasources', prometheus(backend.url, { timeInterval: '1s' }));
      const answer = await api('POST', '/api/ds/query', {
        from: '100000',
        to: '1000000',
        queries: [{ refId: 'A', datasource: { uid: 'prometheus' }, range: true, ...query }],
      });
      const { frames } = (
        answer.body as unknown as { results: { A: { frames: { schema: { meta: Json; fields: Json[] } }[] } } }
      ).results.A;
      return frames.map(({ schema }) => schema);
    };
    const up = [{ metric: { __name__: 'up', task: 'a', job: 'loki' }, values: [[1, '1']] }];

    it.each([
      ['the interval that the panel asked with', { intervalMs: 5000, maxDataPoints: 500 }, 'rate(x[6s])\nStep: 5s'],
      [
        'the query’s own interval',
        { interval: '30s', intervalMs: 5000, maxDataPoints: 500 },

        'rate(x[120s])\nStep: 30s',
      ],
      [
        'a round interval when there are too few points',
        { intervalMs: 1000, maxDataPoints: 100 },

        'rate(x[4s])\nStep: 10s',
      ],
      ['what keeps it under 11,000 points', { intervalMs: 10, maxDataPoints: 90_000 }, 'rate(x[4s])\nStep: 0.1s'],
    ])('steps by %s', async (_why, query, executed) => {
      const [schema] = await queryOne({ expr: 'rate(x[$__rate_interval])', ...query }, up);
      expect(schema?.meta).toMatchObject({ executedQueryString: `Expr: ${executed}` });
    });

    it.each([
      ['its labels', { expr: 'up' }, up, 'up', 'up{job="loki", task="a"}'],
      ['its legend', { expr: 'up', legendFormat: '{{ task }} of {{none}}' }, up, 'up', 'a of '],
      ['Grafana', { expr: 'up', legendFormat: '__auto' }, up, 'up', undefined],
      ['its expression', { expr: 'sum(up)' }, [{ metric: {}, values: [[1, '1']] }], 'Value', 'sum(up)'],
    ])('names a series by %s', async (_by, query, result, name, shown) => {
      const [schema] = await queryOne(query, result);
      expect(schema?.fields[1]).toMatchObject({ name });
      expect((schema?.fields[1]?.['config'] as Json | undefined)?.['displayNameFromDS']).toBe(shown);
    });

    it('that finds nothing gives one frame without fields', async () => {
      expect(await queryOne({ expr: 'nothing_here' }, [])).toMatchObject([
        { meta: { typeVersion: [0, 0] }, fields: [] },
      ]);
    });
  });

  describe('keeps folders and dashboards', () => {
    it('with versions, and finds them by tag, folder and type, with paging', async () => {
      const { api } = await open('12.4', cloud);
      expect((await api('POST', '/api/folders', { uid: 'f', title: 'Observability' })).body).toMatchObject({
        uid: 'f',
        version: 1,
      });
      expect((await api('POST', '/api/folders', { uid: 'f', title: 'Again' })).status).toBe(412);
      const save = (dashboard: object, more = {}) =>
        api('POST', '/api/dashboards/db', { dashboard, folderUid: 'f', ...more });
      expect((await save({ uid: 'a', title: 'A', tags: ['ours', 'red'], panels: [] })).body).toMatchObject({
        status: 'success',
        uid: 'a',
        version: 1,
        url: '/d/a/a',
      });
      await save({ uid: 'b', title: 'B', tags: ['ours'] });
      expect(await save({ uid: 'a', title: 'A', version: 9 })).toMatchObject({
        status: 412,
        body: { status: 'version-mismatch' },
      });
      expect((await save({ uid: 'a', title: 'A', tags: ['ours'], version: 1 })).body).toMatchObject({ version: 2 });
      expect((await save({ uid: 'a', title: 'A2', tags: ['ours'] }, { overwrite: true })).body).toMatchObject({
        version: 3,
      });
      expect((await save({ uid: 'c' })).status).toBe(400);
      expect((await save({ uid: 'c', title: 'C' }, { folderUid: 'gone' })).status).toBe(404);
      expect((await api('GET', '/api/dashboards/uid/a')).body).toMatchObject({
        meta: { folderUid: 'f', folderTitle: 'Observability', version: 3 },
        dashboard: { uid: 'a', title: 'A2', version: 3 },
      });
      const found = async (search: string): Promise<unknown> =>
        ((await api('GET', `/api/search?${search}`)).body as unknown as { uid: string }[]).map((hit) => hit.uid);
      expect(await found('tag=ours')).toEqual(['a', 'b']);
      expect(await found('tag=ours&limit=1&page=2')).toEqual(['b']);
      expect(await found('type=dash-folder')).toEqual(['f']);
      expect(await found('folderUIDs=f&query=b')).toEqual(['b']);
      expect((await api('DELETE', '/api/dashboards/uid/a')).status).toBe(200);
      expect((await api('GET', '/api/dashboards/uid/a')).status).toBe(404);
      expect((await api('DELETE', '/api/folders/f')).status).toBe(200);
      expect(await found('')).toEqual([]);
    });
  });

  describe.each([
    ['12.4', 'v2beta1'],
    ['13.2', 'v2'],
  ] as const)('%s: a dashboard that was saved as %s', (version, apiVersion) => {
    it('is refused by /api until its classic form is saved in its place', async () => {
      const { api } = await open(version, cloud);
      const classic = { uid: 'a', title: 'A', tags: ['ours'], annotations: { list: [] }, schemaVersion: 39 };
      await api('POST', '/api/folders', { uid: 'f', title: 'Observability' });
      await api('POST', '/api/dashboards/db', { dashboard: classic, folderUid: 'f' });
      expect((await api('GET', '/api/dashboards/uid/a')).body).toMatchObject({
        meta: { apiVersion: 'v0alpha1' },
        dashboard: classic,
      });
      const path = `/apis/dashboard.grafana.app/${apiVersion}/namespaces/default/dashboards/a`;
      const resource = {
        metadata: { name: 'a', annotations: { 'grafana.app/folder': 'f' } },
        spec: { title: 'A', tags: ['ours'], elements: {} },
      };
      expect(await api('PUT', path, resource)).toMatchObject({ status: 200 });
      expect(await api('GET', path)).toMatchObject({ status: 200, body: resource });
      expect(await api('GET', '/api/dashboards/uid/a')).toMatchObject({
        status: 406,
        body: { message: `dashboard api version not supported, use ${path} instead` },
      });
      expect((await api('GET', '/api/search?tag=ours')).body).toMatchObject([{ uid: 'a', folderUid: 'f' }]);
      expect(
        (await api('POST', '/api/dashboards/db', { dashboard: classic, folderUid: 'f', overwrite: true })).status,
      ).toBe(200);
      expect((await api('GET', '/api/dashboards/uid/a')).body).toMatchObject({ dashboard: classic });
    });
  });

  it('serves pages that say that they are a stand-in’s', async () => {
    const { api, endpoint } = await open('12.4', cloud);
    await api('POST', '/api/dashboards/db', { dashboard: { uid: 'x', title: '<b>X</b>' } });
    const page = await (await fetch(`${endpoint}/`)).text();
    expect(page).toContain('stand-in for Grafana');
    expect(page).toContain('&#60;b&#62;X');
    expect((await fetch(`${endpoint}/explore?left=1`)).status).toBe(200);
    expect((await fetch(`${endpoint}/d/nope/x`)).status).toBe(404);
  });

  it('shows in Explore what a link’s queries return, in plain tables, and the way back', async () => {
    await using workspace = await filledWorkspace(cloud);
    const read = async (url: string): Promise<string> => (await fetch(url)).text();
    const series = await read(workspace.explore.series);
    expect(series).toMatch(/status=&#34;503&#34;<\/code><\/th><td class="number">2<\/td>/);
    expect(series).toContain(`<a href="${cloud.kernel.endpoint}/">Back to the local cloud</a>`);
    expect(series).toContain('GRAFANA_BIN');
    const lines = await read(workspace.explore.lines);
    expect(lines).toContain('service_name=data-processor-service');
    expect(lines).toContain('stored &#60;b&#62;one&#60;/b&#62;');
    expect(await read(workspace.explore.trace)).toMatch(/POST \/data.*12 ms/s);
    expect(await read(`${workspace.endpoint}/explore?panes=nonsense`)).toContain('This link has no query');
    const gone = workspace.explore.lines.replaceAll('loki', 'nobody');
    expect(await read(gone)).toContain('Data source not found');
  });

  it('lists a dashboard’s panels, and leads from a query without variables to its result', async () => {
    await using workspace = await filledWorkspace(cloud);
    const page = await (await fetch(workspace.dashboard)).text();
    expect(page).toContain('Requests a second.');
    const links = [...page.matchAll(/href="(\/explore[^"]*)"/g)].map(([, link = '']) => link.replaceAll('&#38;', '&'));
    expect(links).toHaveLength(1);
    expect(await (await fetch(`${workspace.endpoint}${links[0]}`)).text()).toContain('status=&#34;503&#34;');
  });

  it('answers with the fault that a test injects', async () => {
    const { api } = await open('12.4', cloud);
    cloud.module.plant({ route: 'GET /api/org', kind: 'error', status: 503, message: 'restarting' });
    expect(await api('GET', '/api/org')).toMatchObject({ status: 503, body: { message: 'restarting' } });
    expect((await api('GET', '/api/org')).status).toBe(200);
    cloud.module.plant({ route: 'POST /api/folders', kind: 'cut', after: true });
    await expect(api('POST', '/api/folders', { uid: 'cut', title: 'Cut' })).rejects.toThrow();
    expect((await api('GET', '/api/folders/cut')).status).toBe(200);
    cloud.module.plant({ route: 'GET /api/*', kind: 'raw', status: 200, body: '<html>' });
    expect((await api('GET', '/api/org')).body).toBe('<html>');
  });

  it('writes each request to the journal, without tokens', async () => {
    const { api, id, endpoint } = await open('12.4', cloud);
    const key = await cloud.token(id);
    await grafanaApi(endpoint, key)('GET', '/api/org');
    await api('POST', '/api/datasources', {
      ...loki('http://127.0.0.1:1'),
      secureJsonData: { basicAuthPassword: 'hush' },
    });
    const lines = await cloud.journal();
    expect(lines).toContainEqual(
      expect.objectContaining({
        service: 'grafana-http',
        operation: 'GET /api/org',
        status: 200,
        principal: expect.stringContaining('service-account:'),
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ service: 'grafana', operation: 'CreateWorkspace', status: 202 }),
    );
    expect(JSON.stringify(lines)).not.toContain(key);
    expect(JSON.stringify(lines)).not.toContain('hush');
  });
});
