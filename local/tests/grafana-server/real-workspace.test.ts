import path from 'node:path';
import { CreateWorkspaceCommand, DeleteWorkspaceCommand } from '@aws-sdk/client-grafana';
import type { ResolvedBackend } from '../../engines';
import { grafanaApi } from './support/data-source';
import { startGrafanaCloud } from './support/grafana-cloud';

/** No Grafana is available here. A test program replaces it, and is started, called and ended as a process. */
const program = (...args: string[]): ResolvedBackend => ({
  name: 'grafana',
  kind: 'binary',
  label: 'Grafana 12.4.0 (binary)',
  notes: [],
  command: (_args, { env }) => ({ file: process.execPath, args, env }),
});
const standing = program(path.join(__dirname, 'support', 'grafana-program.cjs'));

describe('a workspace of a real Grafana', () => {
  it('forwards calls with a token of the same role, and ends with the workspace', async () => {
    await using cloud = await startGrafanaCloud({ resolve: async () => standing });
    const { id, endpoint } = await cloud.workspace();
    expect(cloud.module.workspaces()[0]?.label).toMatch(/^Grafana 12\.4\.0 \(binary\), log in as admin with \S{12}$/);
    const admin = grafanaApi(endpoint, await cloud.token(id, 'ADMIN'));
    expect(await admin('POST', '/api/folders?x=1', { title: 'T' })).toMatchObject({
      status: 200,
      body: { method: 'POST', url: '/api/folders?x=1', authorization: 'Bearer real-Admin', body: '{"title":"T"}' },
    });
    const viewer = grafanaApi(endpoint, await cloud.token(id, 'VIEWER'));
    expect((await viewer('GET', '/api/org')).body).toMatchObject({ authorization: 'Bearer real-Viewer' });
    expect((await grafanaApi(endpoint, 'glsa_other')('GET', '/api/org')).status).toBe(401);
    expect(await cloud.journal()).toContainEqual(
      expect.objectContaining({ service: 'grafana-http', operation: 'POST /api/folders', status: 200 }),
    );
    await cloud.client.send(new DeleteWorkspaceCommand({ workspaceId: id }));
    while (cloud.module.workspaces().length > 0) await new Promise(setImmediate);
    await expect(fetch(`${endpoint}/api/health`)).rejects.toThrow();
  });

  it('gives Grafana the workspace role where ec2_iam_role looks for it', async () => {
    await using cloud = await startGrafanaCloud({ resolve: async () => standing });
    const { id, endpoint } = await cloud.workspace();
    const answer = await grafanaApi(endpoint, await cloud.token(id))('GET', '/api/credentials');
    expect(answer.body).toMatchObject({ Code: 'Success', AccessKeyId: expect.stringMatching(/^ASIA/) });
  });

  it('passes the role’s endpoint to plugin processes, and makes links point to the gateway', async () => {
    await using cloud = await startGrafanaCloud({ resolve: async () => standing });
    const { id, endpoint } = await cloud.workspace();
    const { body } = await grafanaApi(endpoint, await cloud.token(id))('GET', '/api/environment');
    expect(String(body['GF_PLUGINS_FORWARD_HOST_ENV_VARS']).split(',')).toContain(
      'grafana-amazonprometheus-datasource',
    );
    expect(body['GF_SERVER_ROOT_URL']).toBe(endpoint);
  });

  it('is CREATION_FAILED when Grafana does not start', async () => {
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await using cloud = await startGrafanaCloud({ resolve: async () => program('-e', 'process.exit(3)') });
    const { workspace } = await cloud.client.send(new CreateWorkspaceCommand(cloud.request()));
    await cloud.until(workspace?.id ?? '', 'CREATION_FAILED');
    expect(stderr.mock.calls.join('')).toContain('Grafana did not start: it ended with exit code 3');
    stderr.mockRestore();
  });
});
