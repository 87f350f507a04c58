import type { Grafana } from '../../../functions/domain/grafana';
import { SERVICE_ACCOUNT_NAME } from '../../../functions/domain/naming';
import type { MachineCloud } from '../../statemachine/support/machine-cloud';
import { byHand, recordAsMade } from '../../statemachine/support/scenario';

const headers = { 'X-Disable-Provenance': 'true' };
const provisioning = '/api/v1/provisioning';
const folder = 'grafana-observability';

/**
 * Edits one item of each kind that the setup manages, and adds one obsolete item of each kind, so that the setup has to
 * write every kind.
 */
export async function changeByHand(cloud: MachineCloud): Promise<void> {
  await byHand(cloud, async (grafana) => {
    await grafana.request('PUT', '/api/datasources/uid/loki', {
      body: { ...(await get(grafana, '/api/datasources/uid/loki')), url: 'http://elsewhere' },
    });
    await grafana.request('PUT', `/api/folders/${folder}`, { body: { title: 'Mine', overwrite: true } });
    await grafana.request('POST', '/api/dashboards/db', {
      body: { dashboard: { uid: 'old', title: 'Old', tags: [folder], panels: [] }, folderUid: folder },
    });
    const points = await get(grafana, `${provisioning}/contact-points`);
    const ours = (points as unknown as readonly { readonly uid: string }[]).find(({ uid }) => uid === 'stack-alerts');
    for (const [method, path, changed] of [
      ['PUT', '/stack-alerts', { disableResolveMessage: true }],
      ['POST', '', { uid: 'stack-old', name: 'Old alerts' }],
    ] as const)
      await grafana.request(method, `${provisioning}/contact-points${path}`, {
        body: { ...ours, ...changed },
        headers,
      });
    const rule = await get(grafana, `${provisioning}/alert-rules/server-errors-sev2`);
    for (const [method, path, changed] of [
      ['PUT', '/server-errors-sev2', { annotations: { summary: 'Mine' } }],
      ['POST', '', { uid: 'old-rule', title: 'Old rule' }],
    ] as const)
      await grafana.request(method, `${provisioning}/alert-rules${path}`, { body: { ...rule, ...changed }, headers });
  });
  await recordAsMade(cloud, { dashboards: ['old'], rules: ['old-rule'], contactPoints: ['stack-old'] });
  await byHand(cloud, async (grafana) => {
    const group = `${provisioning}/folder/${folder}/rule-groups/stack`;
    await grafana.request('PUT', group, { body: { ...(await get(grafana, group)), interval: 3600 }, headers });
  });
  const [workspace] = cloud.grafana.workspaces();
  if (!workspace) throw new Error('there is no workspace');
  const active = async () => {
    while ((await cloud.amg.describe(workspace.id))?.status !== 'ACTIVE')
      await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const account = (await cloud.amg.serviceAccounts(workspace.id)).find(({ name }) => name === SERVICE_ACCOUNT_NAME);
  await cloud.amg.deleteServiceAccount(workspace.id, account?.id ?? '');
  await cloud.amg.createServiceAccount(workspace.id, SERVICE_ACCOUNT_NAME, 'VIEWER');
  const subnetIds = ['subnet-00000000000000003', 'subnet-00000000000000004'];
  await cloud.amg.update(workspace.id, { vpc: { subnetIds, securityGroupIds: ['sg-00000000000000001'] } });
  await active();
  const configuration = { plugins: { pluginAdminEnabled: false }, unifiedAlerting: { enabled: true } };
  await cloud.amg.configure(workspace.id, configuration);
  await active();
  // Simulates changed parameters: the rule should no longer run, SAML is no longer wanted. The cloud restores the
  // environment when it closes.
  process.env['NIGHTLY_VERIFY'] = 'DISABLED';
  process.env['SAML_METADATA_URL'] = 'https://idp.example.org/metadata';
}

async function get(grafana: Grafana, path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await grafana.request('GET', path)).body as Readonly<Record<string, unknown>>;
}
