import { readFileSync } from 'node:fs';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { isHere } from '../../local/tests/engines/contract/support/engine';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { AS_DEPLOYED, post, type ServiceFixture, startFixture } from '../helpers/service-fixture';
import { dataPlane } from './expected/data-plane';
import { smallDisk } from './support/small-disk';
import { type Problems, tryFault } from './support/try-fault';

/** The local cloud on a full disk. */
const bucket = 'full-disk';
const value = 'x'.repeat(30_000);
const keysOf = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}/${index}`);

let fixture: ServiceFixture;
beforeAll(async () => {
  fixture = await startFixture(AS_DEPLOYED);
});
afterAll(() => fixture.close());
afterEach(() => {
  process.env['LOCAL_BACKENDS'] = 'standin';
  jest.restoreAllMocks();
});

it(dataPlane.diskFullS3.id, async () => {
  const kinds = isHere('s3') ? ['standin', 'real'] : ['standin'];
  const disks = kinds.flatMap((kind) => {
    const disk = smallDisk(16);
    return disk === undefined ? [] : [{ kind, disk }];
  });
  if (disks.length === 0) return;
  await tryFault(dataPlane.diskFullS3, async (note) => {
    const problems: string[] = [];
    for (const { kind, disk } of disks) {
      process.env['LOCAL_BACKENDS'] = kind === 'real' ? '' : kind;
      const cloud = await startTestCloud({ directory: disk.directory });
      try {
        const seen = await fillUp(cloud, disk, (text) =>
          note(`${kind === 'real' ? 'versitygw' : 'S3 stand-in'}: ${text}`),
        );
        problems.push(...seen.map((problem) => `${kind}: ${problem}`));
      } finally {
        await cloud.close();
        disk.remove();
      }
    }
    return problems;
  });
}, 120_000);

async function fillUp(
  cloud: TestCloud,
  disk: { fill(): void; free(): void },
  note: (text: string) => void,
): Promise<Problems> {
  const client = new S3Client({ ...cloud.client, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const service = await fixture.another({
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_REGION: cloud.client.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    BUCKET_NAME: bucket,
  });
  const store = async (keys: readonly string[]) => {
    const answers: { readonly key: string; readonly status: number; readonly isProblem: boolean }[] = [];
    for (const key of keys) {
      const response = await post(service, JSON.stringify({ key, value }));
      const isProblem = response.headers.get('content-type') === 'application/problem+json';
      await response.arrayBuffer();
      answers.push({ key, status: response.status, isProblem });
    }
    return answers;
  };
  const before = await store(keysOf('before', 20));
  disk.fill();
  const during = await store(keysOf('during', 8));
  const listed = await client.send(new ListBucketsCommand({})).then(
    ({ Buckets = [] }) => Buckets.length,
    (error: Error) => error.name,
  );
  const readWhileFull = await notRead(
    service.url,
    before.map(({ key }) => key),
  );
  disk.free();
  const afterwards = await store(keysOf('after', 5));
  client.destroy();
  const stored = [...before, ...during, ...afterwards].filter(({ status }) => status === 201).map(({ key }) => key);
  note(during.map(({ status }) => status).join(' '));
  return [
    ...before.filter(({ status }) => status !== 201).map(({ status }) => `answered ${status} before`),
    ...during
      .filter(({ status, isProblem }) => status !== 201 && !(status >= 500 && isProblem))
      .map(({ status }) => `answered ${status} while the disk was full`),
    ...(during.some(({ status }) => status !== 201) ? [] : ['the disk was never full']),
    ...(typeof listed === 'number' ? [] : [`ListBuckets ended with ${listed}`]),
    ...readWhileFull.map((key) => `${key} did not read back while the disk was full`),
    ...afterwards.filter(({ status }) => status !== 201).map(({ status }) => `answered ${status} once there was space`),
    ...(await notRead(service.url, stored)).map((key) => `${key} did not read back`),
  ];
}

async function notRead(url: string, keys: readonly string[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const key of keys) {
    const response = await fetch(`${url}/data/${key}`);
    const text = await response.text();
    if (response.status !== 200 || text !== JSON.stringify({ key, value })) wrong.push(key);
  }
  return wrong;
}

it(dataPlane.diskFullJournal.id, async () => {
  const disk = smallDisk(4);
  if (disk === undefined) return;
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const cloud = await startTestCloud({ directory: disk.directory });
  try {
    await tryFault(dataPlane.diskFullJournal, async (note) => {
      const client = new STSClient(cloud.client);
      const call = () =>
        client.send(new GetCallerIdentityCommand({}), { abortSignal: AbortSignal.timeout(5_000) }).then(
          () => 'answered',
          (error: Error) => error.name,
        );
      const answers = [await call()];
      disk.fill();
      for (let index = 0; index < 40; index++) answers.push(await call());
      const page = await fetch(`${cloud.endpoint}/`, { signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => status,
        (error: Error) => error.name,
      );
      disk.free();
      answers.push(await call());
      client.destroy();
      const lines = readFileSync(cloud.kernel.journalFile, 'utf8').split('\n').filter(Boolean);
      const lacking = said.mock.calls.filter(([text]) => String(text).includes('journal lacks lines'));
      note(`${answers.length} calls, ${lines.length} lines in the journal`);
      for (const line of lines) JSON.parse(line);
      return [
        ...answers.filter((answer) => answer !== 'answered').map((answer) => `a call ended with ${answer}`),
        ...(page === 200 ? [] : [`the page answered ${page}`]),
        ...(lacking.length === 1 ? [] : [`${lacking.length} lines on standard error`]),
        ...(lines.length < answers.length ? [] : ['the disk was never full']),
      ];
    });
  } finally {
    await cloud.close();
    disk.remove();
  }
});
