import { isWaiting, type Report, type Waiting } from '../../report';
import type { Cloud } from '../cloud/contracts';

/**
 * What the checks of a running setup wait for: VerifySignal writes it to the audit bucket, a file for each item that
 * PlanSetup listed.
 */
export async function readWaiting(cloud: Cloud, { execution, stack, steps }: Report): Promise<readonly Waiting[]> {
  const bucket = cloud.cloudFormation.stacks
    .active()
    .find(({ name }) => name === stack)
    ?.outputs.find(({ key }) => key === 'AuditBucketName')?.value;
  if (bucket === undefined) return [];
  const planned = steps.find(({ name }) => name === 'PlanSetup')?.evidence['signals'];
  const files = await Promise.all(
    (Array.isArray(planned) ? planned : []).map(async (item: unknown): Promise<unknown> => {
      const key = `runs/${execution.split(':').at(-1)}/waiting/${fileOf(item)}.json`;
      const text = await cloud.kernel.readObject(bucket, key).catch(() => undefined);
      return text === undefined ? [] : JSON.parse(text.toString('utf8'));
    }),
  );
  return files.flatMap((file) => (Array.isArray(file) ? file.filter(isWaiting) : []));
}

/** A group of checks by its name, or an observed service. */
function fileOf(item: unknown): string {
  if (typeof item === 'string') return item;
  const { service } = item as { readonly service?: { readonly name?: string } };
  return `service-${service?.name}`;
}
