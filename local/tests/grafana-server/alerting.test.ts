import { grafanaApi, type Json, startDataSource } from './support/data-source';
import { type GrafanaCloud, startGrafanaCloud } from './support/grafana-cloud';
import { addTopic } from './support/topic';

const topicArn = 'arn:aws:sns:eu-west-1:000000000000:alerts';
const upstream = (name = 'sns') => ({
  uid: name,
  name,
  type: 'sns',
  settings: { topic_arn: topicArn, sigv4: { region: 'eu-west-1' } },
});
const amg = {
  uid: 'sns',
  name: 'sns',
  type: 'sns',
  settings: { topic: topicArn, authProvider: 'default', messageFormat: 'json' },
};

/** Server errors over a threshold, for a minute. */
const rule = (more = {}) => ({
  uid: 'sev2',
  title: 'Sev2',
  condition: 'B',
  for: '1m',
  noDataState: 'OK',
  execErrState: 'Error',
  labels: { severity: 'sev2' },
  annotations: { summary: '{{ $labels.job }} has {{ $values.A.Value }} errors' },
  data: [
    {
      refId: 'A',
      relativeTimeRange: { from: 60, to: 0 },
      datasourceUid: 'prometheus',
      model: { refId: 'A', expr: 'errors', instant: true },
    },
    {
      refId: 'B',
      datasourceUid: '__expr__',
      model: {
        refId: 'B',
        type: 'threshold',
        expression: 'A',
        conditions: [{ evaluator: { type: 'gte', params: [5] } }],
      },
    },
  ],
  ...more,
});

interface Setup extends AsyncDisposable {
  readonly cloud: GrafanaCloud;
  readonly topic: ReturnType<typeof addTopic>;
  readonly api: ReturnType<typeof grafanaApi>;
  /** Prometheus's answer: value by job; undefined makes the query fail. */
  metric: Record<string, number> | undefined;
  /** Moves the clock by this many seconds and waits until the scheduler has evaluated the rules. */
  pass(seconds: number): Promise<void>;
  state(): Promise<string>;
}

async function setUp(version: string): Promise<Setup> {
  const cloud = await startGrafanaCloud({ alertBaseIntervalMs: 5 });
  const topic = addTopic(cloud.kernel);
  const metric: { value: Record<string, number> | undefined } = { value: {} };
  const backend = await startDataSource(() => {
    if (metric.value === undefined)
      return { status: 503, json: { status: 'error', errorType: 'unavailable', error: 'store is down' } };
    const result = Object.entries(metric.value).map(([job, value]) => ({ metric: { job }, value: [0, String(value)] }));
    return { json: { status: 'success', data: { resultType: 'vector', result } } };
  });
  const { id, endpoint } = await cloud.workspace({
    grafanaVersion: version,
    configuration: '{"unifiedAlerting":{"enabled":true}}',
  });
  const api = grafanaApi(endpoint, await cloud.token(id, 'ADMIN', 86_400));
  await api('POST', '/api/datasources', {
    name: 'P',
    uid: 'prometheus',
    type: 'prometheus',
    access: 'proxy',
    url: backend.url,
  });
  await api('POST', '/api/folders', { uid: 'folder', title: 'Alerts' });
  const first = async (): Promise<Json | undefined> =>
    (await api('GET', '/api/prometheus/grafana/api/v1/rules')).body['data']?.['groups']?.['0']?.['rules']?.['0'];
  return {
    cloud,
    topic,
    api,
    get metric() {
      return metric.value;
    },
    set metric(value) {
      metric.value = value;
    },
    async pass(seconds) {
      cloud.skew += seconds * 1000;
      const from = cloud.skew + Date.now();
      // Two evaluations that began after the step: the round of the first has ended then, notifications included.
      for (let rounds = 0; rounds < 2; rounds += 1) {
        const before = (await first())?.['lastEvaluation'];
        if (rounds === 1) cloud.skew += 10_000;
        while (
          Date.parse(String((await first())?.['lastEvaluation'])) < from ||
          (rounds === 1 && (await first())?.['lastEvaluation'] === before)
        )
          await new Promise(setImmediate);
      }
    },
    async state() {
      return String((await first())?.['state']);
    },
    [Symbol.asyncDispose]: async () => {
      await cloud[Symbol.asyncDispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

const quiet = { 'X-Disable-Provenance': 'true' };
const policy = {
  receiver: 'sns',
  group_by: ['alertname'],
  group_wait: '10s',
  group_interval: '5m',
  repeat_interval: '12h',
};

describe('the alerting provisioning API', () => {
  it.each([
    ['12.4', upstream(), amg],
    ['10.4', amg, upstream()],
  ])('accepts the SNS settings of Grafana %s and refuses the other version’s', async (version, good, bad) => {
    await using setup = await setUp(version);
    expect((await setup.api('POST', '/api/v1/provisioning/contact-points', bad)).status).toBe(400);
    const created = await setup.api('POST', '/api/v1/provisioning/contact-points', good, quiet);
    expect(created).toMatchObject({ status: 202, body: { name: 'sns', type: 'sns' } });
    expect(created.body['provenance']).toBeUndefined();
    const types = (await setup.api('GET', '/api/alert-notifiers')).body as unknown as {
      type: string;
      options: { propertyName: string }[];
    }[];
    const names = types.find((one) => one.type === 'sns')?.options.map((option) => option.propertyName);
    expect(names).toEqual(expect.arrayContaining(Object.keys(good.settings)));
  });

  it.each([
    ['10.4', 'grafana-default-email', ['grafana-default-email']],
    ['12.4', 'empty', []],
  ])('begins on Grafana %s with the receiver %s', async (version, receiver, points) => {
    await using setup = await setUp(version);
    const tree = (await setup.api('GET', '/api/v1/provisioning/policies')).body;
    expect(tree).toEqual({ receiver, group_by: ['grafana_folder', 'alertname'] });
    const list = (await setup.api('GET', '/api/v1/provisioning/contact-points')).body as unknown as { name: string }[];
    expect(list.map(({ name }) => name)).toEqual(points);
    expect((await setup.api('PUT', '/api/v1/provisioning/policies', tree, quiet)).status).toBe(202);
  });

  it('marks objects written without X-Disable-Provenance, refuses later writes with the header, and warns on 13', async () => {
    await using setup = await setUp('13.2');
    const created = await setup.api('POST', '/api/v1/provisioning/contact-points', upstream());
    expect(created.body).toMatchObject({ provenance: 'api' });
    expect(created.headers.get('warning')).toContain('299');
    expect(await setup.api('PUT', '/api/v1/provisioning/contact-points/sns', upstream(), quiet)).toMatchObject({
      status: 409,
      body: { message: "cannot changed provenance from 'api' to ''" },
    });
    expect((await setup.api('PUT', '/api/v1/provisioning/contact-points/sns', upstream())).status).toBe(202);
    const list = (await setup.api('GET', '/api/v1/provisioning/contact-points?name=sns')).body;
    expect(list).toEqual([{ ...upstream(), disableResolveMessage: false, provenance: 'api' }]);
  });

  it('validates the policy tree and refuses to delete a contact point that it uses', async () => {
    await using setup = await setUp('12.4');
    const put = (tree: unknown) => setup.api('PUT', '/api/v1/provisioning/policies', tree, quiet);
    expect(await put(policy)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("receiver 'sns' does not exist") },
    });
    await setup.api('POST', '/api/v1/provisioning/contact-points', upstream(), quiet);
    expect((await put({ ...policy, group_wait: 'soon' })).status).toBe(400);
    expect((await put({ ...policy, object_matchers: [['a', '=', 'b']] })).status).toBe(400);
    expect((await put({ ...policy, routes: [{ object_matchers: [['severity', '~', 'x']] }] })).status).toBe(400);
    const tree = { ...policy, routes: [{ receiver: 'sns', object_matchers: [['severity', '=', 'sev2']] }] };
    expect((await put(tree)).status).toBe(202);
    expect((await setup.api('GET', '/api/v1/provisioning/policies')).body).toEqual(tree);
    expect((await setup.api('DELETE', '/api/v1/provisioning/contact-points/sns')).status).toBe(409);
    expect((await setup.api('DELETE', '/api/v1/provisioning/policies')).status).toBe(202);
    expect((await setup.api('DELETE', '/api/v1/provisioning/contact-points/sns')).status).toBe(202);
  });

  it('replaces a whole rule group', async () => {
    await using setup = await setUp('12.4');
    const put = (rules: unknown[], interval = 60) =>
      setup.api(
        'PUT',
        '/api/v1/provisioning/folder/folder/rule-groups/g',
        { title: 'g', folderUid: 'folder', interval, rules },
        quiet,
      );
    expect((await put([rule()], 15)).status).toBe(400);
    expect((await put([rule(), rule({ uid: 'sev3', title: 'Sev3' })])).status).toBe(200);
    expect((await setup.api('GET', '/api/v1/provisioning/folder/folder/rule-groups/g')).body).toMatchObject({
      interval: 60,
      rules: [{ uid: 'sev2', for: '1m' }, { uid: 'sev3' }],
    });
    await put([rule()]);
    expect((await setup.api('GET', '/api/v1/provisioning/alert-rules')).body).toMatchObject([{ uid: 'sev2' }]);
    expect((await setup.api('DELETE', '/api/folders/folder')).status).toBe(400);
    expect((await setup.api('DELETE', '/api/v1/provisioning/alert-rules/sev2')).status).toBe(204);
    expect((await setup.api('GET', '/api/v1/provisioning/folder/folder/rule-groups/g')).status).toBe(404);
  });

  it.each([
    ['a condition that is not a query', { condition: 'Z' }],
    ['an unknown folder', { folderUID: 'gone' }],
    ['an unknown data source', { data: [{ refId: 'B', datasourceUid: 'gone', model: {} }] }],
    ['a bad duration', { for: 'a while' }],
    ['an unknown no-data state', { noDataState: 'Maybe' }],
    ['a misspelt member', { labls: {} }],
  ])('refuses a rule with %s', async (_name, more) => {
    await using setup = await setUp('12.4');
    const body = { ...rule(), folderUID: 'folder', ruleGroup: 'g', ...more };
    expect((await setup.api('POST', '/api/v1/provisioning/alert-rules', body, quiet)).status).toBe(400);
  });

  it('tests a receiver at the legacy path up to 12', async () => {
    await using setup = await setUp('12.4');
    const config = { name: 'sns', type: 'sns', settings: upstream().settings };
    const test = (settings: object) =>
      setup.api('POST', '/api/alertmanager/grafana/config/api/v1/receivers/test', {
        receivers: [{ name: 'sns', grafana_managed_receiver_configs: [{ ...config, settings }] }],
      });
    expect(await test(upstream().settings)).toMatchObject({
      status: 200,
      body: { receivers: [{ grafana_managed_receiver_configs: [{ status: 'ok' }] }] },
    });
    expect(setup.topic.published).toMatchObject([
      {
        topicArn,
        subject: expect.stringContaining('TestAlert'),
        principal: expect.stringContaining('assumed-role/workspace'),
      },
    ]);
    expect(await test({ topic_arn: topicArn })).toMatchObject({
      status: 207,
      body: {
        receivers: [
          { grafana_managed_receiver_configs: [{ status: 'failed', error: expect.stringContaining('region') }] },
        ],
      },
    });
  });

  it('tests a receiver on 13 at its new path only', async () => {
    await using setup = await setUp('13.2');
    await setup.api('POST', '/api/v1/provisioning/contact-points', upstream(), quiet);
    expect(
      (await setup.api('POST', '/api/alertmanager/grafana/config/api/v1/receivers/test', { receivers: [] })).status,
    ).toBe(410);
    const path = `/apis/notifications.alerting.grafana.app/v1beta1/namespaces/default/receivers/${Buffer.from('sns').toString('base64url')}/test`;
    const body = { integration: { type: 'sns', settings: upstream().settings } };
    expect(await setup.api('POST', path, body)).toMatchObject({ status: 200, body: { status: 'success' } });
    setup.topic.refuse = 'AuthorizationError';
    expect(await setup.api('POST', path, body)).toMatchObject({
      status: 200,
      body: { status: 'failure', error: expect.stringContaining('AuthorizationError') },
    });
  });
});

describe('an alert rule', () => {
  const group = (api: Setup['api'], rules: unknown[]) =>
    api('PUT', '/api/v1/provisioning/folder/folder/rule-groups/g', { interval: 10, rules }, quiet);
  const provision = async (setup: Setup, rules: unknown[]): Promise<void> => {
    await setup.api('POST', '/api/v1/provisioning/contact-points', upstream(), quiet);
    await setup.api('PUT', '/api/v1/provisioning/policies', policy, quiet);
    expect((await group(setup.api, rules)).status).toBe(200);
  };

  it('is pending, fires, publishes to SNS once, and again when it resolves', async () => {
    await using setup = await setUp('12.4');
    await provision(setup, [rule()]);
    setup.metric = { a: 7, b: 1 };
    await setup.pass(10);
    expect(await setup.state()).toBe('pending');
    await setup.pass(60);
    expect(await setup.state()).toBe('firing');
    await setup.pass(20);
    expect(setup.topic.published).toMatchObject([
      {
        topicArn,
        subject: '[FIRING:1] Sev2 (Alerts a sev2)',
        message: expect.stringContaining('summary = a has 7 errors'),
      },
    ]);
    expect((await setup.api('GET', '/api/alertmanager/grafana/api/v2/alerts')).body).toMatchObject([
      {
        labels: { alertname: 'Sev2', grafana_folder: 'Alerts', severity: 'sev2', job: 'a' },
        status: { state: 'active' },
      },
    ]);
    await setup.pass(600);
    expect(setup.topic.published).toHaveLength(1);
    setup.metric = { a: 0, b: 1 };
    await setup.pass(20);
    expect(await setup.state()).toBe('inactive');
    await setup.pass(600);
    expect(setup.topic.published).toHaveLength(2);
    expect(setup.topic.published[1]).toMatchObject({
      subject: '[RESOLVED] Sev2 (Alerts a sev2)',
      message: expect.stringContaining('**Resolved**'),
    });
  });

  it('sends its message from Grafana’s default templates', async () => {
    await using setup = await setUp('12.4');
    const annotations = { summary: 'Too many', __dashboardUid__: 'overview', __panelId__: '3' };
    await provision(setup, [rule({ for: '0s', annotations })]);
    setup.metric = { a: 7 };
    await setup.pass(10);
    await setup.pass(20);
    const { message } = setup.topic.published[0] ?? {};
    const base = String.raw`https://[\w.-]+\.grafana-workspace\.eu-west-1\.amazonaws\.com`;
    const dashboard = String.raw`${base}/d/overview\?from=\d{13}&orgId=1&to=\d{13}`;
    const lines = [
      String.raw`\*\*Firing\*\*`,
      '',
      'Value: A=7, B=1',
      'Labels:',
      ' - alertname = Sev2',
      ' - grafana_folder = Alerts',
      ' - job = a',
      ' - severity = sev2',
      'Annotations:',
      ' - summary = Too many',
      String.raw`Source: ${base}/alerting/grafana/sev2/view\?orgId=1`,
      String.raw`Silence: ${base}/alerting/silence/new\?alertmanager=grafana&matcher=__alert_rule_uid__%3Dsev2&matcher=job%3Da&matcher=severity%3Dsev2&orgId=1`,
      `Dashboard: ${dashboard}`,
      `Panel: ${dashboard}&viewPanel=3`,
      '',
    ];
    expect(message).toMatch(new RegExp(`^${lines.join('\n')}$`));
  });

  it('cuts its subject at 100 bytes, and adds a message attribute for it', async () => {
    await using setup = await setUp('12.4');
    const long = { ...upstream(), settings: { ...upstream().settings, subject: `${'x'.repeat(120)}` } };
    await setup.api('POST', '/api/v1/provisioning/contact-points', long, quiet);
    await setup.api('PUT', '/api/v1/provisioning/policies', policy, quiet);
    expect((await group(setup.api, [rule({ for: '0s' })])).status).toBe(200);
    setup.metric = { a: 7 };
    await setup.pass(10);
    await setup.pass(20);
    expect(setup.topic.published).toMatchObject([
      { subject: 'x'.repeat(100), attributes: { subject_truncated: 'true' } },
    ]);
  });

  it('is routed by the policy that its labels match', async () => {
    await using setup = await setUp('12.4');
    await provision(setup, [
      rule({ for: '0s' }),
      rule({ uid: 'sev3', title: 'Sev3', for: '0s', labels: { severity: 'sev3' } }),
    ]);
    const other = 'arn:aws:sns:eu-west-1:000000000000:other';
    await setup.api(
      'POST',
      '/api/v1/provisioning/contact-points',
      {
        ...upstream('other'),
        settings: { ...upstream().settings, topic_arn: other, subject: '{{ .CommonLabels.severity | toUpper }}' },
      },
      quiet,
    );
    await setup.api(
      'PUT',
      '/api/v1/provisioning/policies',
      { ...policy, routes: [{ receiver: 'other', object_matchers: [['severity', '=~', 'sev3|sev4']] }] },
      quiet,
    );
    setup.metric = { a: 7 };
    await setup.pass(10);
    await setup.pass(20);
    expect(setup.topic.published.map(({ topicArn: arn, subject }) => [arn, subject]).sort()).toEqual([
      [topicArn, '[FIRING:1] Sev2 (Alerts a sev2)'],
      [other, 'SEV3'],
    ]);
  });

  it('fires as DatasourceError when its query fails, and recovers', async () => {
    await using setup = await setUp('12.4');
    await provision(setup, [rule({ for: '0s' })]);
    setup.metric = undefined;
    await setup.pass(10);
    await setup.pass(20);
    expect(setup.topic.published).toMatchObject([
      { subject: expect.stringContaining('DatasourceError'), message: expect.stringContaining('store is down') },
    ]);
    setup.metric = { a: 0 };
    await setup.pass(400);
    await setup.pass(400);
    expect(setup.topic.published.map(({ subject }) => subject)).toEqual([
      expect.stringContaining('FIRING'),
      expect.stringContaining('RESOLVED'),
    ]);
  });

  it.each([
    ['NoData', 'firing', 'DatasourceNoData'],
    ['OK', 'inactive', undefined],
    ['Alerting', 'firing', 'Sev2'],
  ])('without data is %s: %s', async (noDataState, state, alertname) => {
    await using setup = await setUp('12.4');
    await provision(setup, [rule({ for: '0s', noDataState })]);
    await setup.pass(10);
    expect(await setup.state()).toBe(state);
    await setup.pass(20);
    expect(setup.topic.published.map(({ subject }) => subject)).toEqual(
      alertname ? [expect.stringContaining(alertname)] : [],
    );
  });

  it('sends again after SNS has refused', async () => {
    await using setup = await setUp('12.4');
    await provision(setup, [rule({ for: '0s' })]);
    setup.topic.refuse = 'AuthorizationError';
    setup.metric = { a: 7 };
    await setup.pass(10);
    await setup.pass(20);
    expect(await setup.cloud.journal()).toContainEqual(
      expect.objectContaining({
        operation: 'notify',
        status: 502,
        error: expect.stringContaining('AuthorizationError'),
      }),
    );
    setup.topic.refuse = undefined;
    await setup.pass(10);
    await setup.pass(10);
    expect(setup.topic.published).toHaveLength(1);
  });

  it('is resolved when it is deleted while it fires', async () => {
    await using setup = await setUp('12.4');
    await provision(setup, [
      rule({ for: '0s' }),
      rule({ uid: 'stays', title: 'Stays', condition: 'B', labels: { severity: 'none' }, for: '100h' }),
    ]);
    setup.metric = { a: 7 };
    await setup.pass(10);
    await setup.pass(20);
    expect(setup.topic.published).toHaveLength(1);
    await setup.api('DELETE', '/api/v1/provisioning/alert-rules/sev2');
    await setup.pass(400);
    await setup.pass(10);
    expect(setup.topic.published[1]?.subject).toContain('[RESOLVED] Sev2');
  });
});
