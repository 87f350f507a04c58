import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { connectAmg } from '../../functions/adapters/amg';
import { connectGrafana } from '../../functions/adapters/grafana-http';
import { systemClock } from '../../functions/shared/clock';
import { bringBack, contentOf, makeContent } from '../statemachine/support/users-content';
import { type DeployedStack, deployStack } from './mutations/deployed-stack';

/** What users made outlives the stack, through the packaged functions with the roles that they have on AWS. */
jest.setTimeout(900_000);

let stack: DeployedStack;

beforeAll(async () => {
  stack = await deployStack('keepData=true');
});

afterAll(() => stack?.close());

it('keeps what users made when the stack is removed, and brings it back into the next one', async () => {
  await makeContent(stack.grafana);
  const before = await contentOf(stack.grafana);
  const bucket = stack.outputs.get('AuditBucketName') ?? '';
  const output = await stack.sls('remove', '--yes');
  expect(stack.cloud.grafana.workspaces()).toEqual([]);
  // The line is cut at the width of a terminal.
  expect(output).toMatch(/ExportContent .*2 folders, 1 data source/);
  expect(output).toMatch(new RegExp(`Exported +s3://${bucket}/exports/[0-9a-f-]+/: what users made`));

  const exported = await exportIn(bucket);
  expect(JSON.parse(exported.get('manifest.json') ?? '{}')).toMatchObject({
    exported: { dashboard: 2, 'contact point': 1, rule: 2, 'rule group': 1 },
    notExported: [],
  });

  await stack.sls('deploy');
  const [workspace] = stack.cloud.grafana.workspaces();
  if (!workspace) throw new Error('the second deploy made no workspace');
  const amg = connectAmg();
  const account = await amg.createServiceAccount(workspace.id, 'import', 'ADMIN');
  const { key } = await amg.mintToken(workspace.id, account.id, 'import', 3600);
  const sent = await bringBack(exported, { url: workspace.url, token: key });
  expect(sent.filter((line) => !/^20[012] /.test(line))).toEqual([]);
  const token = { current: async () => key, renew: async () => key };
  expect(await contentOf(connectGrafana(workspace.url, systemClock, token))).toEqual(before);
  expect(await stack.sls('setup', '--verify')).toContain('no drift');
});

/** The one export of the bucket: its files by their path in it. */
async function exportIn(Bucket: string): Promise<ReadonlyMap<string, string>> {
  const s3 = new S3Client({ ...stack.cloud.client, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'exports/' }));
  const files = Contents.map(async ({ Key = '' }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return [Key.split('/').slice(2).join('/'), (await Body?.transformToString()) ?? ''] as const;
  });
  const found = new Map(await Promise.all(files));
  s3.destroy();
  return found;
}
