import { isWaiting, type Report, type Waiting } from '../../report';
import type { Cloud } from '../cloud/contracts';

/** The groups of checks, each of which writes a file of what it waits for. */
const groups = ['traces', 'logs', 'metrics', 'content', 'contact-point'];

/** What the checks of a running setup wait for, by group: VerifySignal writes it to the audit bucket. */
export async function readWaiting(cloud: Cloud, { execution, stack }: Report): Promise<readonly Waiting[]> {
  const bucket = cloud.cloudFormation.stacks
    .active()
    .find(({ name }) => name === stack)
    ?.outputs.find(({ key }) => key === 'AuditBucketName')?.value;
  if (bucket === undefined) return [];
  const files = await Promise.all(
    groups.map(async (group): Promise<unknown> => {
      const key = `runs/${execution.split(':').at(-1)}/waiting/${group}.json`;
      const text = await cloud.kernel.readObject(bucket, key).catch(() => undefined);
      return text === undefined ? [] : JSON.parse(text.toString('utf8'));
    }),
  );
  return files.flatMap((file) => (Array.isArray(file) ? file.filter(isWaiting) : []));
}
