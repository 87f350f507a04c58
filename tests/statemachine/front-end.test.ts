import { type FrontEndRoute, frontEndRoutes } from '../../local/grafana-server/front-end/routes';
import { type Ended, type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { hurryRetries, inventory, oneOfEverything } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

const versions = ['10.4', '12.4', '13.2'];

/**
 * Routes that a setup does not call: only a drill or the export before a removal does
 * (tests/statemachine/export.test.ts).
 */
const notOfASetup = ['workspace-alert-state-routes', 'export-alerting-routes', 'export-schema-v2'];
const unseen = frontEndRoutes.filter(({ evidence, fact }) => evidence === 'none' && !notOfASetup.includes(fact));
const isFor = ({ since = 0, until = 99 }: FrontEndRoute, version: string) => {
  const major = Number.parseInt(version, 10);
  return major >= since && major < until;
};
/**
 * Routes that this Grafana version is not asked: its Prometheus data source is built in, or it has another test route.
 */
const isAsked = ({ path }: FrontEndRoute, version: string) =>
  !(version === '10.4' && path.startsWith('/api/plugins/')) &&
  !(version === '13.2' && path.endsWith('/receivers/test'));

const cases = versions.flatMap((version) =>
  unseen
    .filter((route) => isFor(route, version) && isAsked(route, version))
    .map((route) => [`${route.method} ${route.path.replace(/:\w+/g, '*')}`, version, route.fact] as const),
);

/** The run's message about the second way, by fact id. */
const told: Readonly<Record<string, RegExp>> = {
  'workspace-proxy-by-uid':
    /proved by (GET|POST) \S+, as this workspace refuses GET \/api\/datasources\/proxy\/uid\/tempo/,
  'workspace-plugin-settings-route': /proved by installing it \(409\), as this workspace refuses GET \/api\/plugins\//,
  'workspace-policy-routes': /as this workspace refuses (GET|PUT) \S+\/policies; each rule names the contact point/,
  'workspace-contact-point-test-routes':
    /1 not evaluated: contact-point \(this workspace refuses POST .*sls setup --drill/,
};

/** The contact point's check needs no engine, so the real check runs here. */
async function start(version: string, frontEnd: object): Promise<MachineCloud> {
  const cloud = await startMachineCloud({
    grafana: { frontEnd },
    environment: { GRAFANA_VERSION: version, UNEXPLAINED_REQUESTS: 'allow' },
  });
  const passed = cloud.overrides.get('verifySignal');
  cloud.overrides.set('verifySignal', async (event, real) =>
    (event as { item: string }).item === 'contact-point' || !passed ? real() : passed(event, real),
  );
  return cloud;
}

const outcome = ({ status, cause }: Ended) => ({ status, cause });
const succeeded = { status: 'SUCCEEDED', cause: undefined };

it.each(cases)(
  'succeeds if only %s is refused on Grafana %s, and reports the second way',
  async (route, version, fact) => {
    const cloud = await start(version, { refuse: [route] });
    try {
      const first = await cloud.run('setup');
      expect(outcome(first)).toEqual(succeeded);
      expect(JSON.stringify(first.output)).toMatch(told[fact] ?? /^$/);
      const from = await cloud.journalLength();
      expect(outcome(await cloud.run('setup'))).toEqual(succeeded);
      expect(await content(cloud, from)).toEqual([]);
    } finally {
      await cloud.close();
    }
  },
);

it.each(versions)('succeeds twice on Grafana %s when every route without evidence is refused', async (version) => {
  const cloud = await start(version, { mode: 'strict' });
  try {
    expect(outcome(await cloud.run('setup'))).toEqual(succeeded);
    expect(await inventory(cloud)).toEqual(oneOfEverything);
    const from = await cloud.journalLength();
    expect(outcome(await cloud.run('setup'))).toEqual(succeeded);
    expect(await content(cloud, from)).toEqual([]);
    expect(outcome(await cloud.run('setup', { mode: 'verify' }))).toEqual(succeeded);
  } finally {
    await cloud.close();
  }
});

it('names the contact point in each rule if the policies cannot be read', async () => {
  const cloud = await start('12.4', { refuse: ['GET /api/v1/provisioning/policies'] });
  try {
    await cloud.run('setup');
    const written = await cloud.changes(0);
    expect(written.filter((change) => change.includes('/provisioning/policies'))).toEqual([]);
    expect(written.filter((change) => change.includes('PUT /api/v1/provisioning/alert-rules/'))).toHaveLength(6);
  } finally {
    await cloud.close();
  }
});

/**
 * Changes in the workspace, without requests for an installed plugin, retries of refused routes and the test message.
 */
async function content(cloud: MachineCloud, from: number): Promise<readonly string[]> {
  const asked = /\/plugins\/\S+\/install|\/receivers\/\S*test\b|NOTIFY|PUT \S+\/policies$/;
  return (await cloud.changes(from)).filter((change) => !asked.test(change));
}
