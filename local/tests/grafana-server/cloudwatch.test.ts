import { metricLines } from '../../../functions/tester/metrics';
import testerFailing from '../../../grafana/alerting/rules/tester-failing.json';
import { createCloudWatch } from '../../aws/cloudwatch';
import { createLogs } from '../../aws/logs';
import { createPassive } from '../../aws/passive';
import { grafanaApi } from './support/data-source';
import { addWorkspaceRole, type GrafanaCloud, startGrafanaCloud } from './support/grafana-cloud';

type Api = ReturnType<typeof grafanaApi>;

const group = '/aws/lambda/stack-tester';
const datasource = { uid: 'cloudwatch', type: 'cloudwatch' };
const failedCalls = {
  refId: 'A',
  datasource,
  queryMode: 'Metrics',
  metricQueryType: 0,
  metricEditorMode: 0,
  namespace: 'GrafanaObservability/Tester',
  metricName: 'CallsFailed',
  statistic: 'Sum',
  dimensions: { Stack: ['stack'] },
  matchExact: true,
  period: '60',
  region: 'default',
  label: 'failed',
};

describe('a workspace asks CloudWatch', () => {
  let cloud: GrafanaCloud;
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  const range = { from: String(minute - 300_000), to: String(minute + 60_000) };
  const ask = (api: Api, query: object) => api('POST', '/api/ds/query', { ...range, queries: [query] });

  beforeAll(async () => {
    cloud = await startGrafanaCloud({ maxWorkspaces: 50 });
    const logs = createLogs(cloud.kernel);
    cloud.kernel.register(logs);
    cloud.kernel.register(
      createCloudWatch(cloud.kernel, {
        registry: createPassive(cloud.kernel).registry,
        logs,
        lambda: { invoker: { listeners: new Set() } },
      }),
    );
    await cloud.kernel.call('logs', 'CreateLogGroup', { logGroupName: group }, cloud.kernel.deployer);
  });
  afterAll(() => cloud[Symbol.asyncDispose]());

  async function open(roleArn = cloud.roleArn): Promise<Api> {
    const { id, endpoint } = await cloud.workspace({ workspaceRoleArn: roleArn });
    const api = grafanaApi(endpoint, await cloud.token(id));
    await api('POST', '/api/datasources', {
      name: 'CloudWatch',
      uid: 'cloudwatch',
      type: 'cloudwatch',
      access: 'proxy',
      jsonData: { authType: 'ec2_iam_role', defaultRegion: 'eu-west-1' },
    });
    return api;
  }

  /** The tester's log output as of `minutesAgo`. */
  function report(failed: number, minutesAgo: number, stack = 'stack'): void {
    const calls = Array.from({ length: 6 }, (_, index) => ({
      name: `c${index}`,
      passed: index >= failed,
      durationMs: 5,
    }));
    for (const line of metricLines(stack, calls as never, new Date(minute - minutesAgo * 60_000)))
      cloud.kernel.writeLog(group, 's', line);
  }

  it('for a metric, and shows it as a frame with the dimensions as labels', async () => {
    report(0, 2);
    report(2, 1);
    const api = await open();
    expect((await ask(api, failedCalls)).body).toMatchObject({
      results: {
        A: {
          status: 200,
          frames: [
            {
              schema: {
                name: 'failed',
                fields: [
                  { name: 'Time', type: 'time' },
                  { name: 'Value', labels: { Stack: 'stack' }, config: { displayNameFromDS: 'failed' } },
                ],
              },
              data: {
                values: [
                  [minute - 120_000, minute - 60_000],
                  [0, 2],
                ],
              },
            },
          ],
        },
      },
    });
    expect(await api('GET', '/api/datasources/uid/cloudwatch/health')).toMatchObject({
      status: 200,
      body: {
        status: 'OK',
        message:
          '1. Successfully queried the CloudWatch metrics API.\n2. Successfully queried the CloudWatch logs API.',
      },
    });
  });

  it('with the rights of its role', async () => {
    const api = await open(addWorkspaceRole(cloud.kernel, 'blind', []));
    expect((await ask(api, failedCalls)).body).toMatchObject({
      results: { A: { error: expect.stringMatching(/^metric request error: AccessDeniedException: .*GetMetricData/) } },
    });
    expect(await api('GET', '/api/datasources/uid/cloudwatch/health')).toMatchObject({
      status: 400,
      body: { status: 'ERROR', message: expect.stringContaining('cloudwatch:ListMetrics') },
    });
  });

  it.each<[what: string, members: object, status: number, reason: string]>([
    ['metric math', { metricEditorMode: 1, expression: 'a + 1' }, 501, 'metric math'],
    ['Metrics Insights', { metricQueryType: 1 }, 501, 'Metrics Insights'],
    ['logs', { queryMode: 'Logs' }, 501, 'CloudWatch Logs'],
    ['a search', { dimensions: { Stack: ['*'] } }, 501, 'search'],
    ['a statistic that the local CloudWatch does not have', { statistic: 'tm90' }, 501, 'tm90'],
    ['no statistic', { statistic: undefined }, 400, 'statistic'],
    ['an invalid period', { period: 'soon' }, 400, 'period'],
  ])('and says what it does not evaluate: %s', async (_what, members, status, reason) => {
    const api = await open();
    expect((await ask(api, { ...failedCalls, ...members })).body).toMatchObject({
      results: { A: { status, error: expect.stringContaining(reason) } },
    });
  });

  describe('for the rule "Tester failing"', () => {
    const whole = { ...testerFailing, folderUID: 'f' };
    it.each<[what: string, minutes: readonly number[], schedule: 'Alerting' | 'OK', fires: boolean]>([
      ['nothing failed', [0, 0, 0, 0, 0], 'Alerting', false],
      ['one run of five failed', [0, 0, 1, 0, 0], 'Alerting', false],
      ['two runs of five failed', [0, 6, 1, 0, 0], 'Alerting', false],
      ['three runs of five failed', [0, 1, 6, 6, 0], 'Alerting', true],
      ['each of few failed', [1, 1], 'Alerting', true],
      ['nothing was reported', [], 'Alerting', true],
      ['nothing was reported, and no schedule runs', [], 'OK', false],
    ])('%s', async (what, minutes, noDataState, fires) => {
      const stack = `${what} ${noDataState}`;
      minutes.forEach((failed, index) => {
        report(failed, index + 1, stack);
      });
      const api = await open();
      await api('POST', '/api/folders', { uid: 'f', title: 'F' });
      const rule = JSON.parse(
        JSON.stringify({ ...whole, for: '0s' })
          .replaceAll('@{stack}', stack)
          .replaceAll('@{testerNoData}', noDataState),
      ) as object;
      expect((await api('POST', '/api/v1/provisioning/alert-rules', { orgID: 1, ...rule })).status).toBe(201);
      const state = async () => {
        const { body } = await api('GET', '/api/prometheus/grafana/api/v1/rules');
        const { data } = body as unknown as {
          data: { groups: { rules: { state: string; lastEvaluation: string }[] }[] };
        };
        return data.groups[0]?.rules[0];
      };
      const deadline = Date.now() + 10_000;
      while (!(await state())?.lastEvaluation?.startsWith('20') && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await state())?.state).toBe(fires ? 'firing' : 'inactive');
    });
  });
});
