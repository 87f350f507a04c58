import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { LOCK_KEY } from '../../functions/domain/naming';
import { createDirectory } from '../../local/aws/identity/directory';
import type { Fault } from '../../local/grafana-server/faults';
import type { JsonObject } from '../../local/kernel/contracts';
import { type MachineCloud, type MachineCloudOptions, startMachineCloud } from './support/machine-cloud';
import { byHand, expectCleanFailure, hurryRetries, inventory, objects, tokensLeft } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

const denied = (operation: string, status = 403, code = 'AccessDeniedException'): Fault => ({
  kind: 'error',
  operation,
  times: Number.POSITIVE_INFINITY,
  status,
  code,
  message: 'no such right',
});
const underWay = (operation: string): Fault => ({
  kind: 'error',
  operation,
  times: 20,
  status: 409,
  code: 'ConflictException',
  message: 'The workspace is being updated',
});
const refused = (route: string, message = 'not like this'): Fault => ({
  kind: 'error',
  route,
  times: Number.POSITIVE_INFINITY,
  status: 400,
  message,
});
const failing = (name: string) => (cloud: MachineCloud) =>
  void cloud.overrides.set(name, () => Promise.reject(Object.assign(new Error('it broke'), { name: 'Broken' })));
const directory = createDirectory();

interface Failure {
  readonly title: string;
  readonly step: string;
  readonly error: string;
  readonly cause: RegExp;
  readonly options?: MachineCloudOptions;
  readonly input?: JsonObject;
  readonly arrange: (cloud: MachineCloud) => unknown;
}

const failures: readonly Failure[] = [
  {
    title: 'the lock cannot be written',
    step: 'TakeLock',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('takeLock'),
  },
  { title: 'the plan fails', step: 'PlanSetup', error: 'Broken', cause: /it broke/, arrange: failing('planSetup') },
  {
    title: 'ECS does not know a service, although it answers 200',
    step: 'AwaitServices',
    error: 'ServiceMissing',
    cause: /loki \(MISSING\).*The stack differs from its template/,
    arrange: ({ ecs }) => {
      ecs.answers.describe = () => ({ services: [], failures: [{ arn: 'loki', reason: 'MISSING' }] });
    },
  },
  {
    title: 'a deployment has failed',
    step: 'AwaitServices',
    error: 'ServicesNotSteady',
    cause: /service 0\/2, FAILED, app: CannotPullContainerError/,
    arrange: ({ ecs }) => {
      ecs.answers.describe = (names) => ({
        services: names.map((name) =>
          name === 'service'
            ? { ...ecs.steady(name), runningCount: 0, deployments: [{ status: 'PRIMARY', rolloutState: 'FAILED' }] }
            : ecs.steady(name),
        ),
        failures: [],
      });
      ecs.answers.tasks = [{ containers: [{ name: 'app', reason: 'CannotPullContainerError' }] }];
    },
  },
  {
    title: 'an interrupted removal left no task, and the services cannot be started',
    step: 'StartServices',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('startServices'),
  },
  {
    title: 'an interrupted removal left the tester outside the VPC, and it cannot be put back',
    step: 'AttachTester',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('attachTester'),
  },
  {
    title: 'the schedules cannot be read',
    step: 'ResumeAutomation',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('resumeAutomation'),
  },
  {
    title: 'the deployed template cannot be read',
    step: 'CompareStack',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('compareStack'),
  },
  {
    title: 'the service answers wrongly',
    step: 'WarmUp',
    error: 'TesterCallsFailed',
    cause: /"write the first object" \(POST \/data\): expected 201/,
    options: { environment: { SERVICE_URL: 'http://127.0.0.1:9' } },
    arrange: () => undefined,
  },
  {
    title: 'creating is not allowed',
    step: 'CreateWorkspace',
    error: 'AccessDeniedException',
    cause: /no such right/,
    arrange: ({ grafana }) => grafana.plant(denied('CreateWorkspace')),
  },
  {
    title: 'the version is not offered',
    step: 'CreateWorkspace',
    error: 'VersionUnavailable',
    cause: /Grafana 11\.0.*--param=grafanaVersion/,
    options: { environment: { GRAFANA_VERSION: '11.0' } },
    arrange: () => undefined,
  },
  {
    title: 'the quota of workspaces is used up',
    step: 'CreateWorkspace',
    error: 'ServiceQuotaExceededException',
    cause: /./,
    options: { grafana: { maxWorkspaces: 0 } },
    arrange: () => undefined,
  },
  {
    title: 'the creation fails',
    step: 'CheckWorkspace',
    error: 'WorkspaceFailed',
    cause: /CREATION_FAILED.*AMG console/,
    arrange: ({ grafana }) =>
      grafana.plant({ kind: 'becomes', operation: 'CreateWorkspace', status: 'CREATION_FAILED' }),
  },
  {
    title: 'the workspace is degraded, with the reason that AMG gives',
    step: 'CheckWorkspace',
    error: 'WorkspaceFailed',
    cause: /is DEGRADED: The KMS key is disabled\. Put right what AMG names/,
    arrange: ({ grafana }) =>
      grafana.plant({
        kind: 'becomes',
        operation: 'CreateWorkspace',
        status: 'DEGRADED',
        reason: 'The KMS key is disabled.',
      }),
  },
  {
    title: 'a licence could not be removed',
    step: 'CheckWorkspace',
    error: 'WorkspaceFailed',
    cause: /LICENSE_REMOVAL_FAILED.*AMG console/,
    arrange: ({ grafana }) =>
      grafana.plant({ kind: 'becomes', operation: 'CreateWorkspace', status: 'LICENSE_REMOVAL_FAILED' }),
  },
  {
    title: 'the configuration cannot be read',
    step: 'ConfigureWorkspace',
    error: 'AccessDeniedException',
    cause: /no such right/,
    arrange: ({ grafana }) => grafana.plant(denied('DescribeWorkspaceConfiguration')),
  },
  {
    title: 'Grafana does not come up again',
    step: 'CheckConfiguration',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('checkConfiguration'),
  },
  {
    title: 'the front end refuses a route that has no second way',
    step: 'CheckConfiguration',
    error: 'RouteNotAllowed',
    cause: /refuses GET \/api\/frontend\/settings.*docs\/aws-facts\.md/,
    options: { grafana: { frontEnd: { refuse: ['GET /api/frontend/settings'] } } },
    arrange: () => undefined,
  },
  {
    title: 'changing the log-in is denied',
    step: 'ConfigureLogin',
    error: 'AccessDeniedException',
    cause: /no such right/,
    options: { environment: { SAML_METADATA_URL: 'https://idp.example.org/metadata' } },
    arrange: ({ grafana }) => grafana.plant(denied('UpdateWorkspaceAuthentication')),
  },
  {
    title: 'the log-in settings never take effect',
    step: 'CheckLogin',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('checkLogin'),
  },
  {
    title: 'permissions cannot be read',
    step: 'GrantAccess',
    error: 'AccessDeniedException',
    cause: /./,
    options: { grafana: { directory } },
    arrange: ({ grafana }) => grafana.plant(denied('ListPermissions')),
  },
  {
    title: 'an assignment has no effect',
    step: 'GrantAccess',
    error: 'AccessNotGranted',
    cause: new RegExp(`user ${directory.entries[0]?.id} as ADMIN.*Identity Center`),
    options: { grafana: { directory }, environment: { GRAFANA_ADMINS: directory.entries[0]?.id ?? '' } },
    arrange: ({ grafana }) => grafana.plant({ kind: 'ignored', operation: 'UpdatePermissions', times: 9 }),
  },
  {
    title: 'the service account cannot be made',
    step: 'OpenAccess',
    error: 'AccessDeniedException',
    cause: /./,
    arrange: ({ grafana }) => grafana.plant(denied('CreateWorkspaceServiceAccount')),
  },
  {
    title: 'Grafana 10.4 refuses the SNS contact point by its API',
    step: 'ApplyAlerting',
    error: 'SnsContactPointRefused',
    cause: /refuses the SNS contact point "Stack alerts \(SNS\)".*grafanaVersion=12\.4/,
    options: { environment: { GRAFANA_VERSION: '10.4' } },
    arrange: ({ grafana }) =>
      grafana.plant(
        refused('POST /api/v1/provisioning/contact-points', 'invalid object specification: unknown receiver type sns'),
      ),
  },
  {
    title: 'no token can be minted',
    step: 'CheckConfiguration',
    error: 'AccessDeniedException',
    cause: /./,
    arrange: ({ grafana }) => grafana.plant(denied('CreateWorkspaceServiceAccountToken')),
  },
  {
    title: 'plugins cannot be looked up',
    step: 'InstallPlugins',
    error: 'GrafanaRejected',
    cause: /GET \/api\/plugins\/grafana-amazonprometheus-datasource\/settings with 400: not like this/,
    arrange: ({ grafana }) => grafana.plant(refused('GET /api/plugins/*')),
  },
  {
    title: 'a data source is refused',
    step: 'ApplyDataSources',
    error: 'GrafanaRejected',
    cause: /POST \/api\/datasources with 400: not like this.*under grafana\//,
    arrange: ({ grafana }) => grafana.plant(refused('POST /api/datasources')),
  },
  {
    title: 'a dashboard is refused',
    step: 'ApplyDashboards',
    error: 'GrafanaRejected',
    cause: /POST \/api\/dashboards\/db/,
    arrange: ({ grafana }) => grafana.plant(refused('POST /api/dashboards/db')),
  },
  {
    title: 'the contact point is refused',
    step: 'ApplyAlerting',
    error: 'GrafanaRejected',
    cause: /contact-points/,
    arrange: ({ grafana }) => grafana.plant(refused('POST /api/v1/provisioning/contact-points')),
  },
  {
    title: 'an alert rule is refused',
    step: 'ApplyAlerting',
    error: 'GrafanaRejected',
    cause: /alert-rules/,
    arrange: ({ grafana }) => grafana.plant(refused('POST /api/v1/provisioning/alert-rules')),
  },
  {
    title: 'the policy is refused',
    step: 'ApplyAlerting',
    error: 'GrafanaRejected',
    cause: /policies/,
    arrange: ({ grafana }) => grafana.plant(refused('PUT /api/v1/provisioning/policies')),
  },
  {
    title: 'the measured traffic fails',
    step: 'GenerateTraffic',
    error: 'TesterCallsFailed',
    cause: /write broken JSON/,
    arrange: ({ overrides }) =>
      void overrides.set('tester', async (event, real) => {
        if ((event as { run: string }).run.endsWith('-warm-up')) return real();
        throw Object.assign(new Error('"write broken JSON": expected 400, got 500'), { name: 'TesterCallsFailed' });
      }),
  },
  {
    title: 'the checks themselves throw',
    step: 'VerifySignals',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('verifySignal'),
  },
  {
    title: 'checks fail: the root cause comes first',
    step: 'JudgeResults',
    error: 'SignalsNotVerified',
    cause:
      /logs-check is wrong \(data source\): 502\. Mend the URL\ntraces-check is late \(collector path\)[\s\S]*\n4 checks passed, 2 failed, 0 not evaluated\./,
    arrange: ({ overrides }) =>
      void overrides.set('verifySignal', async (event) => {
        const { item } = event as { item: string };
        const broken = {
          traces: { kind: 'late', hop: 'collector path', found: 'nothing', remedy: 'Read the log' },
          logs: { kind: 'wrong', hop: 'data source', found: '502', remedy: 'Mend the URL' },
        }[item];
        const check = { name: `${item}-check`, outcome: broken ? 'failed' : 'passed', found: 'data', ...broken };
        const checks = item === 'metrics' ? [check, { ...check, name: 'another' }] : [check];
        return { name: item, outcome: check.outcome, detail: 'd', checks };
      }),
  },
  {
    title: 'a check could not be evaluated, away from the local stage',
    step: 'JudgeResults',
    error: 'SignalsNotVerified',
    cause: /1 not evaluated: panels \(501\)/,
    arrange: ({ overrides }) =>
      void overrides.set('verifySignal', async (event) => {
        const { item } = event as { item: string };
        return {
          name: item,
          outcome: 'passed',
          detail: 'd',
          checks: item === 'content' ? [{ name: 'panels', outcome: 'not-evaluated', found: '501' }] : [],
        };
      }),
  },
  {
    title: 'the drill cannot make the service fail',
    step: 'ProvokeErrors',
    error: 'Broken',
    cause: /it broke/,
    input: { mode: 'drill' },
    arrange: ({ overrides }) =>
      void overrides.set('tester', async (event, real) => {
        if ((event as { provoke?: number }).provoke === undefined) return real();
        throw Object.assign(new Error('it broke'), { name: 'Broken' });
      }),
  },
  {
    title: 'the drill’s alert does not fire',
    step: 'WatchAlert',
    error: 'Broken',
    cause: /it broke/,
    input: { mode: 'drill' },
    arrange: failing('watchAlert'),
  },
  {
    title: 'the report cannot be written',
    step: 'PublishReport',
    error: 'Broken',
    cause: /it broke/,
    arrange: failing('publishReport'),
  },
];

describe('a failing state ends the run FAILED with step, cause and remedy, no token, no lock, and a report', () => {
  it.each(failures)('$step: $title', async ({ step, error, cause, options, input, arrange }) => {
    const cloud = await startMachineCloud(options);
    try {
      await arrange(cloud);
      const run = await cloud.run('setup', input);
      await expectCleanFailure(cloud, run, step, error, cause);
      expect(run.visited).toEqual(expect.arrayContaining(['RecordFailure', 'Fail']));
    } finally {
      await cloud.close();
    }
  });

  it('covers every state that can fail', async () => {
    const text = await readFile(join(__dirname, '../../statemachines/setup.asl.yaml'), 'utf8');
    const { States } = parse(text, { merge: true }) as {
      readonly States: Readonly<Record<string, { readonly Type: string }>>;
    };
    const canFail = Object.entries(States).flatMap(([name, { Type }]) => (/^(Task|Map)$/.test(Type) ? [name] : []));
    // The error path has its own tests below.
    const wayOut = ['CloseAccess', 'CloseAccessAfterFailure', 'ReleaseLock', 'RecordFailure'];
    expect([...new Set(failures.map(({ step }) => step))].sort()).toEqual(
      canFail.filter((name) => !wayOut.includes(name)).sort(),
    );
  });
});

describe('after a failure', () => {
  let cloud: MachineCloud;
  beforeEach(async () => {
    cloud = await startMachineCloud();
  });
  afterEach(() => cloud.close());

  const lockLeft = async () => (await objects(cloud)).has(LOCK_KEY);

  it('records that access could not be closed, and releases the lock', async () => {
    cloud.grafana.plant(denied('ListWorkspaceServiceAccountTokens'));
    expect(await cloud.run('setup')).toMatchObject({
      status: 'FAILED',
      error: 'AccessDeniedException',
      cause: expect.stringMatching(/^CloseAccess failed\. no such right/),
    });
    expect(await lockLeft()).toBe(false);
  });

  it('records the first failure and that access could not be closed, and releases the lock', async () => {
    failing('judgeResults')(cloud);
    cloud.grafana.plant(denied('ListWorkspaceServiceAccountTokens'));
    const run = await cloud.run('setup');
    expect(run).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: expect.stringMatching(
        /^JudgeResults failed\. it broke CloseAccessAfterFailure failed after it, too: AccessDeniedException: no such right Report: /,
      ),
    });
    expect(run.visited.slice(-4)).toEqual(['CloseAccessAfterFailure', 'ReleaseLock', 'RecordFailure', 'Fail']);
    const stored = await objects(cloud);
    expect(stored.has(LOCK_KEY)).toBe(false);
    const report = JSON.parse(stored.get(`runs/${run.arn.split(':').at(-1)}/report.json`) ?? '{}') as object;
    expect(report).toMatchObject({
      failure: { step: 'JudgeResults', error: 'Broken', message: 'it broke' },
      furtherFailures: [{ step: 'CloseAccessAfterFailure', error: 'AccessDeniedException', message: 'no such right' }],
    });
    expect(stored.get(`runs/${run.arn.split(':').at(-1)}/report.html`)).toContain(
      'CloseAccessAfterFailure</a> failed after it, too: AccessDeniedException: no such right',
    );
  });

  it('records both failures of a teardown, too', async () => {
    failing('deleteWorkspace')(cloud);
    let calls = 0;
    cloud.overrides.set('closeAccess', (_event, real) =>
      calls++ === 0 ? Promise.reject(Object.assign(new Error('not now'), { name: 'OutOfMemory' })) : real(),
    );
    expect(await cloud.run('teardown')).toMatchObject({
      status: 'FAILED',
      error: 'Broken',
      cause: expect.stringMatching(
        /^DeleteWorkspace failed\. it broke CloseAccessAfterFailure failed after it, too: OutOfMemory: not now Report: /,
      ),
    });
    expect(await lockLeft()).toBe(false);
  });

  it('reports the first failure even if nothing can be closed or released', async () => {
    failing('planSetup')(cloud);
    cloud.overrides.set('closeAccess', () => Promise.reject(new Error('gone')));
    const run = await cloud.run('setup');
    expect(run).toMatchObject({ status: 'FAILED', error: 'Broken', cause: expect.stringContaining('it broke') });
    expect(run.cause).toMatch(/ReleaseLock failed after it, too: Error: gone/);
    cloud.overrides.clear();
    cloud.overrides.set('verifySignal', async (event) => ({
      name: (event as { item: string }).item,
      outcome: 'passed',
      detail: 'passed',
      checks: [],
    }));
    expect((await cloud.run('setup')).output['takeLock']).toMatchObject({
      detail: expect.stringContaining('taken over'),
    });
  });

  it('reports the first failure even if recording it fails', async () => {
    failing('planSetup')(cloud);
    cloud.overrides.set('recordFailure', () => Promise.reject(new Error('the bucket is gone')));
    const run = await cloud.run('setup');
    expect(run).toMatchObject({ status: 'FAILED', error: 'Broken', cause: expect.stringContaining('it broke') });
    expect(run.visited.at(-1)).toBe('FailUnrecorded');
    expect(await tokensLeft(cloud)).toBe(0);
  });

  it('writes a report that names the failed step', async () => {
    failing('judgeResults')(cloud);
    const run = await cloud.run('setup');
    const page = [...(await objects(cloud))].find(([key]) => key.endsWith('report.html'))?.[1];
    expect(run.status).toBe('FAILED');
    expect(page).toContain('JudgeResults');
    expect(page).toContain('it broke');
  });
});

// Each call of a setup that may answer ConflictException by the service's model. An update takes minutes, so one or two
// refusals are too few.
describe('waits for a change of the workspace that is in progress', () => {
  it.each([
    'CreateWorkspace',
    'DescribeWorkspaceAuthentication',
    'ListWorkspaceServiceAccounts',
    'CreateWorkspaceServiceAccount',
    'CreateWorkspaceServiceAccountToken',
    'DeleteWorkspaceServiceAccountToken',
    'ListWorkspaceServiceAccountTokens',
  ])('by %s in a first setup', async (operation) => {
    const cloud = await startMachineCloud();
    try {
      const planted = cloud.grafana.plant(underWay(operation));
      const run = await cloud.run('setup');
      expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(planted()).toBe(20);
    } finally {
      await cloud.close();
    }
  });

  it.each(['UpdateWorkspace', 'UpdateWorkspaceConfiguration'])('by %s after changes by hand', async (operation) => {
    const cloud = await startMachineCloud();
    try {
      await cloud.run('setup');
      const [workspace] = cloud.grafana.workspaces();
      const id = workspace?.id ?? '';
      await cloud.amg.configure(id, { plugins: { pluginAdminEnabled: false }, unifiedAlerting: { enabled: true } });
      while ((await cloud.amg.describe(id))?.status !== 'ACTIVE');
      await cloud.amg.update(id, {
        vpc: {
          subnetIds: ['subnet-00000000000000003', 'subnet-00000000000000004'],
          securityGroupIds: ['sg-00000000000000001'],
        },
      });
      while ((await cloud.amg.describe(id))?.status !== 'ACTIVE');
      const planted = cloud.grafana.plant(underWay(operation));
      const run = await cloud.run('setup');
      expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(run.output['configureWorkspace']).toMatchObject({ outcome: 'updated' });
      expect(planted()).toBe(20);
    } finally {
      await cloud.close();
    }
  });
});

describe('a temporary failure is tried again, a lasting one is not', () => {
  it.each<readonly [string, Fault]>([
    [
      'AMG throttles longer than the SDK retries',
      {
        kind: 'error',
        operation: 'CreateWorkspace',
        times: 8,
        status: 429,
        code: 'ThrottlingException',
        message: 'slow down',
      },
    ],
    [
      'AMG has an internal error',
      {
        kind: 'error',
        operation: 'DescribeWorkspace',
        times: 7,
        status: 500,
        code: 'InternalServerException',
        message: 'oops',
      },
    ],
    [
      'another change is in progress',
      {
        kind: 'error',
        operation: 'CreateWorkspaceServiceAccount',
        times: 3,
        status: 409,
        code: 'ConflictException',
        message: 'updating',
      },
    ],
    [
      'Grafana is overloaded',
      { kind: 'error', route: 'GET /api/folders/*', times: 2, status: 429, message: 'slow down' },
    ],
    [
      'Grafana restarts',
      { kind: 'error', route: 'POST /api/dashboards/db', times: 5, status: 503, message: 'starting' },
    ],
    [
      'a token is not accepted yet',
      { kind: 'error', route: 'GET /api/datasources/uid/loki', status: 401, message: 'Invalid API key' },
    ],
    ['the answer to a new data source is lost', { kind: 'cut', route: 'POST /api/datasources', after: true }],
    ['the answer to a new folder is lost', { kind: 'cut', route: 'POST /api/folders', after: true }],
    [
      'the answer to a new contact point is lost',
      { kind: 'cut', route: 'POST /api/v1/provisioning/contact-points', after: true },
    ],
    ['the answer to a new rule is lost', { kind: 'cut', route: 'POST /api/v1/provisioning/alert-rules', after: true }],
    ['the connection breaks before the request arrives', { kind: 'cut', route: 'PUT /api/v1/provisioning/policies' }],
  ])('%s', async (_title, fault) => {
    const cloud = await startMachineCloud();
    try {
      cloud.grafana.plant(fault);
      const run = await cloud.run('setup');
      expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(await inventory(cloud)).toMatchObject({
        workspaces: 1,
        accounts: 1,
        tokens: 0,
        dataSources: 4,
        dashboards: 7,
        folders: 1,
      });
    } finally {
      await cloud.close();
    }
  });

  it.each([
    ['an access error', 403, 'AccessDeniedException'],
    ['a validation error', 400, 'ValidationException'],
  ])('%s ends the run at the first attempt', async (_what, status, code) => {
    const cloud = await startMachineCloud();
    try {
      cloud.grafana.plant(denied('CreateWorkspace', status, code));
      const run = await cloud.run('setup');
      expect([run.status, run.error]).toEqual(['FAILED', code]);
      expect(run.history.match(/"type":"TaskFailed"/g)).toHaveLength(1);
    } finally {
      await cloud.close();
    }
  });
});

describe('AMG’s limits', () => {
  it('works with one request at a time and no burst', async () => {
    const cloud = await startMachineCloud({
      grafana: { throttle: { ratePerSecond: 60, describeRatePerSecond: 200, burst: 1 } },
    });
    try {
      const run = await cloud.run('setup');
      expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    } finally {
      await cloud.close();
    }
  });

  it('deletes the tokens that a killed run left before it creates new ones', async () => {
    const cloud = await startMachineCloud({ grafana: { maxTokens: 7 } });
    try {
      await cloud.run('setup');
      const [workspace] = cloud.grafana.workspaces();
      const [account] = await cloud.amg.serviceAccounts(workspace?.id ?? '');
      for (let index = 0; index < 7; index++)
        await cloud.amg.mintToken(workspace?.id ?? '', account?.id ?? '', `setup-stale-${index}`, 600);
      const run = await cloud.run('setup');
      expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(run.output['openAccess']).toMatchObject({ detail: expect.stringContaining('7 stale tokens deleted') });
      expect(await tokensLeft(cloud)).toBe(0);
    } finally {
      await cloud.close();
    }
  });

  it('reports no drift and writes nothing for a configuration that AMG does not return', async () => {
    const untoldConfiguration = ['plugins.pluginAdminEnabled', 'unifiedAlerting.enabled'];
    const cloud = await startMachineCloud({ grafana: { untoldConfiguration } });
    try {
      expect(await cloud.run('setup')).toMatchObject({ status: 'SUCCEEDED' });
      const from = await cloud.journalLength();
      for (const mode of ['apply', 'verify']) {
        const run = await cloud.run('setup', { mode });
        expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
        expect(run.output['configureWorkspace']).toMatchObject({
          outcome: 'unchanged',
          detail: expect.stringContaining('AMG does not tell unifiedAlerting.enabled, plugins.pluginAdminEnabled'),
        });
      }
      expect(await cloud.changes(from)).toEqual([]);
    } finally {
      await cloud.close();
    }
  });

  it('corrects a configuration that was changed by hand, and waits for Grafana’s restart', async () => {
    const cloud = await startMachineCloud({
      grafana: { delays: { create: 5, update: 300, restart: 300, delete: 5, interfaces: 5 } },
    });
    try {
      await cloud.run('setup');
      const [workspace] = cloud.grafana.workspaces();
      await cloud.amg.configure(workspace?.id ?? '', {
        plugins: { pluginAdminEnabled: false },
        unifiedAlerting: { enabled: true },
      });
      const run = await cloud.run('setup');
      expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
      expect(run.output['configureWorkspace']).toMatchObject({
        outcome: 'updated',
        detail: expect.stringContaining('plugins.pluginAdminEnabled: false instead of true'),
      });
      expect(await byHand(cloud, (grafana) => grafana.request('GET', '/api/frontend/settings'))).toMatchObject({
        status: 200,
      });
    } finally {
      await cloud.close();
    }
  });
});
