import {
  type Capability,
  CloudFormationClient,
  CreateChangeSetCommand,
  type DeploymentMode,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DeleteAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DeleteRuleCommand, EventBridgeClient, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import type { Grafana } from '../../functions/domain/grafana';
import { SERVICE_ACCOUNT_NAME } from '../../functions/domain/naming';
import { content } from '../../functions/shared/content';
import { person } from './support/beside-users';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, hurryRetries, recordAsMade } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

let cloud: MachineCloud;
beforeEach(async () => {
  cloud = await startMachineCloud();
  expect((await cloud.run('setup')).status).toBe('SUCCEEDED');
});
afterEach(() => cloud.close());

const editable = { 'X-Disable-Provenance': 'true' };
const provisioning = '/api/v1/provisioning';

interface Drift {
  readonly title: string;
  readonly step: string;
  /** The message of the run that corrects it. */
  readonly detail: RegExp;
  readonly edit: (grafana: Grafana) => Promise<unknown>;
}

const drifts: readonly Drift[] = [
  {
    title: 'a data source was pointed elsewhere',
    step: 'applyDataSources',
    detail: /Loki updated \(url: "http:\/\/elsewhere" instead of "http:/,
    edit: async (grafana) => {
      const { body } = await grafana.request('GET', '/api/datasources/uid/loki');
      return grafana.request('PUT', '/api/datasources/uid/loki', {
        body: { ...(body as object), url: 'http://elsewhere' },
      });
    },
  },
  {
    title: 'a data source was deleted',
    step: 'applyDataSources',
    detail: /CloudWatch added/,
    edit: (grafana) => grafana.request('DELETE', '/api/datasources/uid/cloudwatch'),
  },
  {
    title: 'a dashboard was edited',
    step: 'applyDashboards',
    detail: /dashboard Service overview updated \(panels\[1\]\.title: "Mine" instead of/,
    edit: async (grafana) => {
      const { body } = await grafana.request('GET', '/api/dashboards/uid/service-overview');
      const { dashboard, meta } = body as {
        readonly dashboard: { readonly panels: readonly object[] };
        readonly meta: { readonly folderUid: string };
      };
      const panels = dashboard.panels.map((panel, index) => (index === 1 ? { ...panel, title: 'Mine' } : panel));
      return grafana.request('POST', '/api/dashboards/db', {
        body: { dashboard: { ...dashboard, panels }, folderUid: meta.folderUid, overwrite: true },
      });
    },
  },
  {
    title: "a dashboard was saved in Grafana's own editor, in schema v2",
    step: 'applyDashboards',
    detail: /dashboard Stack health updated \(saved in Grafana's own editor, in schema v2\)/,
    edit: (grafana) =>
      grafana.request('PUT', '/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/stack-health', {
        body: {
          metadata: { name: 'stack-health', annotations: { 'grafana.app/folder': 'grafana-observability' } },
          spec: { title: 'Stack health', elements: {}, layout: { kind: 'GridLayout', spec: { items: [] } } },
        },
      }),
  },
  {
    title: 'a dashboard was deleted',
    step: 'applyDashboards',
    detail: /dashboard Logs added/,
    edit: (grafana) => grafana.request('DELETE', '/api/dashboards/uid/logs'),
  },
  {
    title: 'a dashboard of ours is no longer shipped',
    step: 'applyDashboards',
    detail: /dashboard Old removed \(no longer shipped\)/,
    edit: (grafana) =>
      grafana.request('POST', '/api/dashboards/db', {
        body: {
          dashboard: { uid: 'old', title: 'Old', tags: ['grafana-observability'], panels: [] },
          folderUid: 'grafana-observability',
        },
      }),
  },
  {
    title: 'an alert rule of ours is no longer shipped',
    step: 'applyAlerting',
    detail: /alert rule Old removed \(no longer shipped\)/,
    edit: async (grafana) => {
      const { body } = await grafana.request('GET', `${provisioning}/alert-rules/no-data`);
      const { id: _, ...rule } = body as Record<string, unknown>;
      return grafana.request('POST', `${provisioning}/alert-rules`, {
        body: { ...rule, uid: 'old', title: 'Old' },
        headers: editable,
      });
    },
  },
  {
    title: 'a contact point of ours is no longer shipped',
    step: 'applyAlerting',
    detail: /contact point Old removed \(no longer shipped\)/,
    edit: (grafana) =>
      grafana.request('POST', `${provisioning}/contact-points`, {
        body: { uid: 'old', name: 'Old', type: 'email', settings: { addresses: 'old@example.com' } },
        headers: editable,
      }),
  },
  {
    title: 'an alert rule was silenced by a higher threshold',
    step: 'applyAlerting',
    detail: /alert rule Server errors \(Sev2\) updated \(.*999/,
    edit: async (grafana) => {
      const { body } = await grafana.request('GET', `${provisioning}/alert-rules/server-errors-sev2`);
      const text = JSON.stringify(body).replace(/"params":\[[\d.]+\]/, '"params":[999]');
      return grafana.request('PUT', `${provisioning}/alert-rules/server-errors-sev2`, {
        body: JSON.parse(text) as unknown,
        headers: editable,
      });
    },
  },
  {
    title: 'the contact point sends to another topic',
    step: 'applyAlerting',
    detail: /contact point Stack alerts \(SNS\) updated \(settings\.topic_arn/,
    edit: async (grafana) => {
      const { body } = await grafana.request('GET', `${provisioning}/contact-points`);
      const point = (body as readonly { readonly uid: string; readonly settings: object }[]).find(
        ({ uid }) => uid === 'stack-alerts',
      );
      return grafana.request('PUT', `${provisioning}/contact-points/stack-alerts`, {
        body: { ...point, settings: { ...point?.settings, topic_arn: 'arn:aws:sns:eu-west-1:000000000000:other' } },
        headers: editable,
      });
    },
  },
  {
    title: 'our route was taken out of the notification policy',
    step: 'applyAlerting',
    detail: /notification policy updated \(our route is missing\)/,
    edit: async (grafana) => {
      const { body } = await grafana.request('GET', `${provisioning}/policies`);
      return grafana.request('PUT', `${provisioning}/policies`, {
        body: { ...(body as object), routes: [] },
        headers: editable,
      });
    },
  },
];

it('keeps a route of a user before ours, unless it takes our alerts: verify reports that, and setup puts ours first', async () => {
  const put = (matcher: readonly string[]) =>
    byHand(cloud, async (grafana) => {
      const { body } = await grafana.request('GET', `${provisioning}/policies`);
      const { routes, ...tree } = body as { readonly routes: readonly { readonly receiver: string }[] };
      const ours = routes.filter(({ receiver }) => receiver === content.policy.receiver);
      const theirs = { receiver: (body as { readonly receiver: string }).receiver, object_matchers: [matcher] };
      await grafana.request('PUT', `${provisioning}/policies`, {
        body: { ...tree, routes: [theirs, ...ours] },
        headers: editable,
      });
    });

  await put(['team', '=~', 'billing']);
  const from = await cloud.journalLength();
  expect(await cloud.run('setup')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cloud.changes(from)).toEqual([]);

  await put(['severity', '=~', 'sev.*']);
  expect(await cloud.run('setup', { mode: 'verify' })).toMatchObject({
    error: 'DriftFound',
    cause: expect.stringMatching(/another route takes "Server errors \(Sev2\)" before ours/),
  });
  expect(await cloud.run('setup')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cloud.run('setup', { mode: 'verify' })).toMatchObject({ status: 'SUCCEEDED' });
});

it(`verify reports what was changed by hand and changes nothing; setup puts it right: ${drifts.map(({ title }) => title).join(', ')}`, async () => {
  for (const { edit } of drifts) await byHand(cloud, edit);
  await recordAsMade(cloud, { dashboards: ['old'], rules: ['old'], contactPoints: ['old'] });
  const [from, told] = [await cloud.journalLength(), cloud.messages().length];
  const verified = await cloud.run('setup', { mode: 'verify' });
  expect(verified).toMatchObject({ status: 'FAILED', error: 'DriftFound' });
  for (const step of new Set(drifts.map((drift) => drift.step))) expect(verified.cause).toContain(`${step}: `);
  expect(await cloud.changes(from)).toEqual([]);
  const notices = cloud.messages().slice(told);
  expect(notices).toEqual([
    expect.stringMatching(/of stack is FAILED.*Cause: .*applyDashboards: .*runbook\.md#failed-execution/s),
  ]);

  const mended = await cloud.run('setup');
  expect({ status: mended.status, cause: mended.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  for (const { title, step, detail } of drifts) {
    const details = (mended.output[step] as unknown as readonly { readonly detail: string }[]).map(
      (item) => item.detail,
    );
    expect({ title, details: details.join('\n') }).toEqual({ title, details: expect.stringMatching(detail) });
  }
  expect((await cloud.run('setup', { mode: 'verify' })).status).toBe('SUCCEEDED');
  // Only the first run sends a notice: neither the correction nor a clean verification does.
  expect(cloud.messages().slice(told)).toEqual(notices);
});

it('leaves every byte of what users made, also while it puts back what they changed in what is ours', async () => {
  const [workspace] = cloud.grafana.workspaces();
  if (!workspace) throw new Error('there is no workspace');
  const user = await person(cloud.amg, workspace);
  await user.makeOneOfEverything();
  const before = await user.theirs();
  for (const mode of ['apply', 'verify']) expect((await cloud.run('setup', { mode })).cause).toBeUndefined();
  expect(await user.theirs()).toBe(before);

  for (const [, make] of user.changes) await make();
  const changed = user.withoutOurs(await user.theirs());
  const verified = await cloud.run('setup', { mode: 'verify' });
  expect(verified.error).toBe('DriftFound');
  for (const [told] of user.changes) expect(verified.cause).toMatch(told);
  for (const mode of ['apply', 'verify']) expect((await cloud.run('setup', { mode })).cause).toBeUndefined();
  expect(user.withoutOurs(await user.theirs())).toBe(changed);
});

describe('what a verification cannot look into', () => {
  async function account() {
    const [workspace] = cloud.grafana.workspaces();
    const id = workspace?.id ?? '';
    const ours = (await cloud.amg.serviceAccounts(id)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
    return { id, ours };
  }

  it('is told with all other drift of all states, and setup puts it right: the service account', async () => {
    const { id, ours } = await account();
    const loki = '/api/datasources/uid/loki';
    await byHand(cloud, async (grafana) => {
      const { body } = await grafana.request('GET', loki);
      await grafana.request('PUT', loki, { body: { ...(body as object), url: 'http://elsewhere' } });
    });
    await cloud.amg.deleteServiceAccount(id, ours?.id ?? '');
    await cloud.schedules.disable('stack-tester');
    await cloud.amg.configure(id, { plugins: { pluginAdminEnabled: false }, unifiedAlerting: { enabled: true } });
    const missing = await cloud.run('setup', { mode: 'verify' });
    expect(missing.error).toBe('DriftFound');
    for (const row of [
      'resumeAutomation: rule stack-tester: DISABLED',
      'openAccess: service account grafana-observability-setup missing, so the content of the workspace was not looked at',
      'configureWorkspace: configuration drifted (plugins.pluginAdminEnabled: false instead of true)',
    ])
      expect(missing.cause).toContain(row);

    await cloud.amg.createServiceAccount(id, SERVICE_ACCOUNT_NAME, 'VIEWER');
    const weak = await cloud.run('setup', { mode: 'verify' });
    expect(weak).toMatchObject({
      error: 'DriftFound',
      cause: expect.stringMatching(/openAccess: service account .* role: "VIEWER" instead of "ADMIN"/),
    });
    const mended = await cloud.run('setup');
    expect({ status: mended.status, cause: mended.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(mended.output).toMatchObject({
      openAccess: { outcome: 'updated', detail: expect.stringContaining('created again (role: "VIEWER"') },
    });
    expect((await account()).ours).toMatchObject({ role: 'ADMIN' });
    expect((await cloud.run('setup', { mode: 'verify' })).status).toBe('SUCCEEDED');
  });

  it('is no reason to keep drift back: a service that fails, a data source without its backend, failed checks', async () => {
    await byHand(cloud, (grafana) => grafana.request('DELETE', '/api/dashboards/uid/logs'));
    cloud.overrides.set('verifySignal', async (event) => ({
      name: (event as { readonly item: string }).item,
      outcome: 'failed',
      detail: 'failed',
      checks: [{ name: 'up', outcome: 'failed', kind: 'late', hop: 'service', found: 'nothing', remedy: 'Look.' }],
    }));
    const checked = await cloud.run('setup', { mode: 'verify' });
    expect(checked).toMatchObject({
      error: 'DriftFound',
      cause: expect.stringMatching(/applyDashboards: .*Logs drifted \(missing\).*up is late/s),
    });

    cloud.overrides.set('tester', async () => {
      throw Object.assign(new Error('The service did not answer.'), { name: 'TesterCallsFailed' });
    });
    const failing = await cloud.run('setup', { mode: 'verify' });
    expect(failing).toMatchObject({
      error: 'DriftFound',
      cause: expect.stringMatching(
        /ApplyDashboards: .*Logs drifted \(missing\).*WarmUp failed\. The service did not answer/s,
      ),
    });
    expect((await cloud.run('setup')).error).toBe('TesterCallsFailed');
  });
});

/** What somebody does by hand to the stack, and how a verification tells it. */
const handmade = {
  deleted: {
    change: async ({ cloudWatch, events, logs }: Clients) => {
      await logs.send(new DeleteLogGroupCommand({ logGroupName: '/ecs/stack/loki' }));
      await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ['stack-loki-unhealthy'] }));
      await events.send(new RemoveTargetsCommand({ Rule: 'stack-nightly-verify', Ids: ['target'] }));
      await events.send(new DeleteRuleCommand({ Name: 'stack-nightly-verify' }));
    },
    told: [
      /log group \/ecs\/stack\/loki is missing/,
      /alarm stack-loki-unhealthy is missing/,
      /rule stack-nightly-verify is missing/,
    ],
  },
  changed: {
    change: async ({ cloudWatch, events, logs }: Clients) => {
      await logs.send(new PutRetentionPolicyCommand({ logGroupName: '/ecs/stack/loki', retentionInDays: 1 }));
      await cloudWatch.send(
        new PutMetricAlarmCommand({
          AlarmName: 'stack-loki-unhealthy',
          ComparisonOperator: 'LessThanThreshold',
          EvaluationPeriods: 3,
          Threshold: 0,
        }),
      );
      await events.send(new RemoveTargetsCommand({ Rule: 'stack-tester', Ids: ['target'] }));
    },
    told: [
      /log group \/ecs\/stack\/loki: RetentionInDays is 1 instead of 30/,
      /alarm stack-loki-unhealthy: Threshold is 0 instead of 1/,
      /rule stack-tester: Targets is \[\] instead of \[\{"Id":"target"/,
    ],
  },
};

it('reports what was changed outside the workspace, and the remedy that it prints puts it back', async () => {
  const clients = clientsOf(cloud);
  for (const { change, told } of Object.values(handmade)) {
    await change(clients);
    const verified = await cloud.run('setup', { mode: 'verify' });
    expect({ status: verified.status, error: verified.error }).toEqual({ status: 'FAILED', error: 'DriftFound' });
    for (const text of told) expect(verified.cause).toMatch(text);
    expect(verified.cause).not.toMatch(/sls setup/);
    if (change === handmade.deleted.change) {
      // A setup goes on: it cannot put the stack back.
      const applied = await cloud.run('setup');
      expect(applied.status).toBe('SUCCEEDED');
      expect(applied.output['compareStack']).toMatchObject({
        outcome: 'done',
        detail: expect.stringMatching(/is missing.*execute-change-set/),
      });
    }
    await revert(clients.cloudFormation, verified.cause ?? '');
  }
  expect((await cloud.run('setup', { mode: 'verify' })).output['compareStack']).toMatchObject({
    outcome: 'unchanged',
    detail: '5 resources are as the template declares them',
  });
  for (const client of Object.values(clients)) client.destroy();
});

/** Does what the commands in the message do.  */
async function revert(client: CloudFormationClient, cause: string): Promise<void> {
  const [create = '', execute = ''] = [...cause.matchAll(/`(aws cloudformation [^`]+)`/g)].map(([, found]) => found);
  const option = (command: string, name: string) => new RegExp(`--${name} (\\S+)`).exec(command)?.[1];
  expect(create).toContain(' create-change-set ');
  expect(execute).toContain(' execute-change-set ');
  await client.send(
    new CreateChangeSetCommand({
      StackName: option(create, 'stack-name'),
      ChangeSetName: option(create, 'change-set-name'),
      UsePreviousTemplate: create.includes('--use-previous-template'),
      Capabilities: [option(create, 'capabilities') as Capability],
      DeploymentMode: option(create, 'deployment-mode') as DeploymentMode,
    }),
  );
  const StackName = option(execute, 'stack-name');
  await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName: option(execute, 'change-set-name') }));
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    if (stack?.StackStatus !== 'UPDATE_IN_PROGRESS') return expect(stack?.StackStatus).toBe('UPDATE_COMPLETE');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type Clients = ReturnType<typeof clientsOf>;

function clientsOf({ kernel }: MachineCloud) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings = { endpoint: kernel.endpoint, region: 'eu-west-1', credentials };
  return {
    cloudFormation: new CloudFormationClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    events: new EventBridgeClient(settings),
    logs: new CloudWatchLogsClient(settings),
  };
}
