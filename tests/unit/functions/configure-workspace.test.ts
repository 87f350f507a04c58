import { connectAmg } from '../../../functions/adapters/amg';
import { configureWorkspace } from '../../../functions/configure-workspace/configure-workspace';
import { type GrafanaCloud, startGrafanaCloud } from '../../../local/tests/grafana-server/support/grafana-cloud';
import { testClock } from '../../helpers/test-clock';

const vpc = {
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const configuration = JSON.stringify({ unifiedAlerting: { enabled: true }, plugins: { pluginAdminEnabled: true } });

let cloud: GrafanaCloud;
beforeAll(async () => {
  cloud = await startGrafanaCloud({
    network: {
      subnet: (id) => ({ vpcId: 'vpc-1', zone: id, availableAddresses: 200 }),
      securityGroup: () => ({ vpcId: 'vpc-1' }),
    },
  });
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

/** Runs the step on a workspace that differs from the wanted one only in its version. */
async function configure(present: string, wanted: string, verifyOnly = false) {
  const workspace = await cloud.workspace({
    workspaceName: `workspace-${present}-${wanted}-${verifyOnly}`,
    grafanaVersion: present,
    vpcConfiguration: vpc,
    configuration,
  });
  const config = {
    WORKSPACE_ROLE_ARN: cloud.roleArn,
    SUBNET_IDS: vpc.subnetIds,
    SECURITY_GROUP_IDS: vpc.securityGroupIds,
    GRAFANA_VERSION: wanted,
  };
  const deps = { amg: connectAmg(cloud.client), clock: testClock(), config };
  return { id: workspace.id, result: configureWorkspace({ workspaceId: workspace.id, verifyOnly }, deps) };
}

it('changes nothing in a workspace of the configured version', async () => {
  const { result } = await configure('12.4', '12.4');
  await expect(result).resolves.toMatchObject({ outcome: 'unchanged' });
});

it('upgrades a workspace to the configured version', async () => {
  const { id, result } = await configure('10.4', '12.4');
  await expect(result).resolves.toMatchObject({
    outcome: 'updated',
    detail: expect.stringContaining('Grafana 10.4 instead of 12.4'),
  });
  expect((await cloud.until(id, 'ACTIVE')).grafanaVersion).toBe('12.4');
});

it('reports an older version and leaves it when it only verifies', async () => {
  const { id, result } = await configure('10.4', '12.4', true);
  await expect(result).resolves.toMatchObject({ outcome: 'drifted' });
  expect((await cloud.until(id, 'ACTIVE')).grafanaVersion).toBe('10.4');
});

it('refuses a version older than the running one, because AMG cannot downgrade', async () => {
  const { id, result } = await configure('13.2', '12.4');
  await expect(result).rejects.toMatchObject({
    name: 'VersionNotReversible',
    message: expect.stringContaining('--param=grafanaVersion=13.2'),
  });
  expect((await cloud.until(id, 'ACTIVE')).grafanaVersion).toBe('13.2');
});
