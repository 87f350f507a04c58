import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { connectGrafana } from '../../../functions/adapters/grafana-http';
import type { Grafana } from '../../../functions/domain/grafana';
import { LOCK_KEY, OWNERSHIP_KEY, SERVICE_ACCOUNT_NAME } from '../../../functions/domain/naming';
import { systemClock } from '../../../functions/shared/clock';
import type { Ended, MachineCloud } from './machine-cloud';

/**
 * Random values near zero, so that full jitter makes a retry almost immediate. Not constant, because ids are made of
 * them too.
 */
export function hurryRetries(): void {
  const random = Math.random.bind(Math);
  jest.spyOn(Math, 'random').mockImplementation(() => random() / 100);
}

/** A Grafana client with its own token, for changes by hand. */
export async function byHand<Result>(
  cloud: MachineCloud,
  work: (grafana: Grafana, at: { readonly url: string; readonly token: string }) => Promise<Result>,
): Promise<Result> {
  const [workspace] = cloud.grafana.workspaces();
  if (!workspace) throw new Error('there is no workspace');
  const account = await cloud.amg.createServiceAccount(workspace.id, `person-${Date.now()}-${Math.random()}`, 'ADMIN');
  const { id, key } = await cloud.amg.mintToken(workspace.id, account.id, 'person', 600);
  const token = { current: async () => key, renew: async () => key };
  try {
    return await work(connectGrafana(workspace.url, systemClock, token), { url: workspace.url, token: key });
  } finally {
    await cloud.amg.deleteToken(workspace.id, account.id, id);
  }
}

/** Counts what a setup creates, without the ids of users' accounts. */
export async function inventory(cloud: MachineCloud) {
  const workspaces = cloud.grafana.workspaces();
  const [workspace] = workspaces;
  if (!workspace) return { workspaces: 0 };
  const accounts = (await cloud.amg.serviceAccounts(workspace.id)).filter(({ name }) => name === SERVICE_ACCOUNT_NAME);
  const tokens = await Promise.all(accounts.map(({ id }) => cloud.amg.tokens(workspace.id, id)));
  const count = async (grafana: Grafana, path: string) =>
    ((await grafana.request('GET', path)).body as unknown[]).length;
  const content = await byHand(cloud, async (grafana) => ({
    dataSources: await count(grafana, '/api/datasources'),
    dashboards: await count(grafana, '/api/search?type=dash-db'),
    folders: await count(grafana, '/api/folders'),
    rules: await count(grafana, '/api/v1/provisioning/alert-rules'),
  }));
  return { workspaces: workspaces.length, accounts: accounts.length, tokens: tokens.flat().length, ...content };
}

/** The result of `inventory` after a successful setup. */
export const oneOfEverything = {
  workspaces: 1,
  accounts: 1,
  tokens: 0,
  dataSources: 4,
  dashboards: 7,
  folders: 1,
  rules: 6,
};

export async function tokensLeft(cloud: MachineCloud): Promise<number> {
  const counts = await Promise.all(
    cloud.grafana.workspaces().map(async ({ id }) => {
      const accounts = await cloud.amg.serviceAccounts(id);
      return (await Promise.all(accounts.map((account) => cloud.amg.tokens(id, account.id)))).flat().length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

export async function objects(cloud: MachineCloud): Promise<ReadonlyMap<string, string>> {
  const { Contents = [] } = await cloud.s3.send(new ListObjectsV2Command({ Bucket: cloud.auditBucket }));
  const texts = await Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket: cloud.auditBucket, Key }));
      return [Key, (await Body?.transformToString()) ?? ''] as const;
    }),
  );
  return new Map(texts);
}

/** Records these items as created by an earlier version of the stack, as its setup would have done. */
export async function recordAsMade(
  cloud: MachineCloud,
  made: Readonly<Partial<Record<'dashboards' | 'rules' | 'contactPoints', readonly string[]>>>,
): Promise<void> {
  const record = JSON.parse((await objects(cloud)).get(OWNERSHIP_KEY) ?? '{}') as Record<string, readonly string[]>;
  for (const [kind, uids] of Object.entries(made)) record[kind] = [...(record[kind] ?? []), ...uids];
  const Body = JSON.stringify(record);
  await cloud.s3.send(new PutObjectCommand({ Bucket: cloud.auditBucket, Key: OWNERSHIP_KEY, Body }));
}

/** Checks what every failed run must leave: its error and remedy, no token, no lock, and its report. */
export async function expectCleanFailure(
  cloud: MachineCloud,
  ended: Ended,
  step: string,
  error: string,
  cause: RegExp,
): Promise<void> {
  expect({ status: ended.status, error: ended.error }).toEqual({ status: 'FAILED', error });
  expect(ended.cause).toMatch(new RegExp(`^${step} failed\\.`));
  expect(ended.cause).toMatch(cause);
  expect(await tokensLeft(cloud)).toBe(0);
  const stored = await objects(cloud);
  expect(stored.has(LOCK_KEY)).toBe(false);
  const name = ended.arn.split(':').at(-1);
  expect(JSON.parse(stored.get(`runs/${name}/report.json`) ?? '{}')).toMatchObject({
    outcome: 'failed',
    failure: { step },
  });
}
