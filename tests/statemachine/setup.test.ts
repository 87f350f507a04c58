import { LOCK_KEY } from '../../functions/domain/naming';
import { createDirectory } from '../../local/aws/identity/directory';
import { parseServices } from '../../params/services';
import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, hurryRetries, inventory, objects, oneOfEverything } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

let cloud: MachineCloud;
afterEach(async () => {
  await cloud?.close();
});

/** Every outcome of a finished run by state; a Map has its items' outcomes. */
const outcomes = (output: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(output)
      .filter(([, value]) => typeof value === 'object' && value !== null && !('mode' in value && !('outcome' in value)))
      .map(([step, value]) => [
        step,
        Array.isArray(value) ? value.map(({ outcome }) => outcome) : (value as { outcome?: string }).outcome,
      ]),
  );

it('goes through every state in the order of the design', async () => {
  cloud = await startMachineCloud();
  const run = await cloud.run('setup');
  expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  const tasks = run.visited.filter(
    (name, index, all) =>
      all.indexOf(name) === index &&
      !/^(WaitFor|Services|Workspace|Grafana|LoginTaken|AccessOpen|DrillWanted|DropInput|Done)/.test(name),
  );
  expect(tasks).toEqual([
    'TakeLock',
    'PlanSetup',
    'StartServices',
    'AttachTester',
    'AwaitServices',
    'ResumeAutomation',
    'CompareStack',
    'WarmUp',
    'CreateWorkspace',
    'CheckWorkspace',
    'OpenAccess',
    'ConfigureWorkspace',
    'CheckConfiguration',
    'ConfigureLogin',
    'CheckLogin',
    'GrantAccess',
    'InstallPlugins',
    'ApplyDataSources',
    'ApplyDataSource',
    'ApplyDashboards',
    'ApplyDashboard',
    'ApplyAlerting',
    'ApplyAlertingPart',
    'GenerateTraffic',
    'VerifySignals',
    'VerifySignal',
    'JudgeResults',
    'CloseAccess',
    'PublishReport',
  ]);
  expect(await inventory(cloud)).toEqual(oneOfEverything);
  const stored = await objects(cloud);
  expect([...stored.keys()].map((key) => key.replace(/^runs\/[^/]+\//, ''))).toEqual(
    expect.arrayContaining(['report.json', 'report.html']),
  );
  expect(stored.has(LOCK_KEY)).toBe(false);
});

it('proves the services of services.yml: the tester probes them, and each is an item of the checks', async () => {
  const services = parseServices(
    'services:\n  - name: checkout\n    probe: { url: "http://nowhere.invalid/health" }\n  - name: billing\n',
    'services.yml',
  );
  cloud = await startMachineCloud({ services });
  const items: unknown[] = [];
  const probes: unknown[] = [];
  cloud.overrides.set('verifySignal', async (event) => {
    const { item, traffic } = event as { item: unknown; traffic: { probes: unknown } };
    items.push(item);
    probes.push(traffic.probes);
    const isService = typeof item === 'object';
    const verdict = { name: 'service-checkout-probe', outcome: 'warned', found: 'no answer' };
    return { name: 'item', outcome: isService ? 'warned' : 'passed', detail: '', checks: isService ? [verdict] : [] };
  });
  const run = await cloud.run('setup');
  expect({ status: run.status, cause: run.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  expect(items).toHaveLength(7);
  expect(items).toEqual(expect.arrayContaining(services.map((service) => ({ service }))));
  expect(probes[0]).toMatchObject([{ service: 'checkout', error: expect.stringContaining('does not resolve') }]);
  expect(run.output).toMatchObject({
    planSetup: { detail: expect.stringContaining('5 groups of checks, 2 attached services') },
    generateTraffic: { detail: '6 of 6 calls as expected, 0 of 1 probes' },
    judgeResults: { counts: { warned: 2 } },
  });
});

it('reports "unchanged" everywhere the second time, and changes nothing', async () => {
  cloud = await startMachineCloud();
  await cloud.run('setup');
  const [at, before] = [await cloud.journalLength(), await inventory(cloud)];
  const from = Math.max(at, await cloud.journalLength());
  const second = await cloud.run('setup');
  expect(second.status).toBe('SUCCEEDED');
  expect(outcomes(second.output)).toMatchObject({
    startServices: 'unchanged',
    resumeAutomation: 'unchanged',
    createWorkspace: 'unchanged',
    configureWorkspace: 'unchanged',
    configureLogin: 'unchanged',
    grantAccess: 'unchanged',
    openAccess: 'unchanged',
    installPlugins: 'unchanged',
    applyDataSources: ['unchanged', 'unchanged', 'unchanged', 'unchanged'],
    applyDashboards: ['unchanged'],
    applyAlerting: ['unchanged', 'unchanged', 'unchanged'],
  });
  expect(await cloud.changes(from)).toEqual([]);
  expect(await inventory(cloud)).toEqual(before);
});

it('changes nothing when it only verifies, and passes when nothing has drifted', async () => {
  cloud = await startMachineCloud();
  await cloud.run('setup');
  const from = await cloud.journalLength();
  const verified = await cloud.run('setup', { mode: 'verify' });
  expect({ status: verified.status, cause: verified.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  expect(await cloud.changes(from)).toEqual([]);
});

it('does not create what is missing when it only verifies', async () => {
  cloud = await startMachineCloud();
  const verified = await cloud.run('setup', { mode: 'verify' });
  expect(verified).toMatchObject({
    status: 'FAILED',
    error: 'DriftFound',
    cause: expect.stringMatching(/createWorkspace: there is no workspace stack of this stack.*Run sls setup/s),
  });
  expect(cloud.grafana.workspaces()).toEqual([]);
});

it('refuses an unknown mode', async () => {
  cloud = await startMachineCloud();
  expect(await cloud.run('setup', { mode: 'repair' })).toMatchObject({
    status: 'FAILED',
    error: 'InvalidInput',
    cause: expect.stringMatching(/^TakeLock failed\. .*request\.mode: must be "apply", "verify" or "drill"/),
  });
});

it.each(['setup', 'teardown'] as const)(
  '%s refuses an input that is not an object, and says what to give',
  async (name) => {
    cloud = await startMachineCloud();
    for (const input of [[], 'abc', 7, null]) {
      expect(await cloud.run(name, input)).toMatchObject({
        status: 'FAILED',
        error: 'InvalidInput',
        cause: expect.stringMatching(
          /^TakeLock failed\. .*request: must be an object, such as \{\}.* Correct the input/,
        ),
      });
    }
    expect(cloud.grafana.workspaces()).toEqual([]);
  },
);

it.each(['10.4', '12.4', '13.2'])('sets Grafana %s up, then finds it unchanged', async (version) => {
  cloud = await startMachineCloud({ environment: { GRAFANA_VERSION: version } });
  const first = await cloud.run('setup');
  expect({ status: first.status, cause: first.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
  const from = await cloud.journalLength();
  expect(await cloud.run('setup')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cloud.changes(from)).toEqual([]);
});

it('gives Identity Center users and groups their roles, once', async () => {
  const directory = createDirectory();
  const [alex, sam, group] = directory.entries.map(({ id }) => id);
  cloud = await startMachineCloud({
    grafana: { directory },
    environment: { GRAFANA_ADMINS: `${alex},user:${sam}`, GRAFANA_VIEWERS: `group:${group}` },
  });
  const first = await cloud.run('setup');
  expect(first.output['grantAccess']).toMatchObject({
    outcome: 'added',
    detail: `user ${alex} as ADMIN, user ${sam} as ADMIN, group ${group} as VIEWER`,
  });
  const second = await cloud.run('setup');
  expect(second.output['grantAccess']).toMatchObject({
    outcome: 'unchanged',
    detail: 'by Identity Center 2 users as ADMIN, 1 group as VIEWER',
  });
});

it('names the remedy when nobody can log in', async () => {
  cloud = await startMachineCloud();
  const run = await cloud.run('setup');
  expect(run.output['createWorkspace']).toMatchObject({
    detail: expect.stringContaining('nobody can log in until SAML is configured'),
  });
  expect(run.output['grantAccess']).toMatchObject({ detail: expect.stringContaining('nobody can log in yet') });
});

describe('the lock', () => {
  it('refuses a second run while the first one goes on, naming it', async () => {
    cloud = await startMachineCloud();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const entered = new Promise<void>((resolve) => {
      cloud.overrides.set('awaitServices', async (_event, real) => {
        resolve();
        await held;
        return real();
      });
    });
    const first = await cloud.start('setup');
    await entered;
    cloud.overrides.delete('awaitServices');
    for (const machine of ['setup', 'teardown'] as const) {
      const second = await cloud.run(machine);
      expect(second).toMatchObject({
        status: 'FAILED',
        error: 'SetupAlreadyRunning',
        cause: expect.stringContaining(first),
      });
    }
    release();
    expect(await cloud.ended(first)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('is taken over from a run that was stopped', async () => {
    cloud = await startMachineCloud();
    const stopped = new Promise<string>((resolve) => {
      cloud.overrides.set('planSetup', async (_event, real) => {
        resolve('');
        return real();
      });
    });
    const first = await cloud.start('setup');
    await stopped;
    await cloud.stop(first);
    cloud.overrides.delete('planSetup');
    const second = await cloud.run('setup');
    expect(second.status).toBe('SUCCEEDED');
    expect(second.output['takeLock']).toMatchObject({
      detail: `taken over from ${first.split(':').at(-1)}, which has ended`,
    });
  });
});

it('marks each setup on the dashboards once, and a verification never', async () => {
  cloud = await startMachineCloud();
  const marks = () =>
    byHand(cloud, async (grafana) => (await grafana.request('GET', '/api/annotations?tags=setup')).body as unknown[]);
  const applied = await cloud.run('setup');
  expect(applied.status).toBe('SUCCEEDED');
  expect(await marks()).toEqual([
    expect.objectContaining({ text: expect.stringMatching(/^Setup \S+$/), tags: ['grafana-observability', 'setup'] }),
  ]);
  await cloud.run('setup', { mode: 'verify' });
  expect(await marks()).toHaveLength(1);
});

it.each([
  ['500', { kind: 'error', status: 500, message: 'it broke' }],
  ['a refusal of the front end', { kind: 'raw', status: 400, body: 'Bad Request: Not allowed.' }],
  ['a broken connection', { kind: 'cut' }],
] as const)(
  'succeeds without a mark on the dashboards when Grafana answers with %s, and reports it',
  async (_, effect) => {
    cloud = await startMachineCloud();
    cloud.grafana.plant({ ...effect, route: 'POST /api/annotations', times: Number.POSITIVE_INFINITY });
    const applied = await cloud.run('setup');
    expect(applied.status).toBe('SUCCEEDED');
    expect(JSON.stringify(applied.output['applyDashboards'])).toContain('; not marked on the dashboards: ');
  },
);
