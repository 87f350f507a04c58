import { DeleteWorkspaceCommand } from '@aws-sdk/client-grafana';
import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Context } from '../context';
import { errorName, problem } from '../problem';
import type { Kept } from './kept';
import type { Stack } from './stack';
import { workspacesOf } from './workspace';

/**
 * For a stack without a teardown machine, because its deployment failed before that: deletes its workspace, if there is
 * one, and empties the buckets that are not kept, so that CloudFormation can delete them (aws-facts: cfn-full-buckets).
 * What is not found counts as done. Yields a line for each. Throws a Problem when data is kept and there is a
 * workspace, because only the machine exports what users made.
 */
export async function* clearLeftovers(
  context: Context,
  stack: Stack,
  { buckets, keepsData }: Pick<Kept, 'buckets' | 'keepsData'>,
): AsyncGenerator<string, void> {
  const grafana = await context.grafana();
  for (const { id, status } of await workspacesOf(grafana, stack)) {
    if (status === 'DELETING') continue;
    if (keepsData)
      throw problem(
        'WorkspaceNotExported',
        `The workspace ${id} is still there, and ${stack.name} keeps its data, but its teardown machine, which exports what users made, cannot run any more. ` +
          `Export by hand what is to stay, delete the workspace in the AMG console, then run \`${context.command('remove')}\` again. Nothing was deleted.`,
      );
    await grafana.send(new DeleteWorkspaceCommand({ workspaceId: id }));
    yield `the workspace ${id} is being deleted`;
  }
  const s3 = await context.s3();
  for (const bucket of buckets) {
    const deleted = await emptyBucket(s3, bucket);
    if (deleted > 0) yield `${bucket}: ${deleted} objects and versions deleted`;
  }
}

/** Page after page of at most 1,000, which is also what one DeleteObjects takes, until there is none. */
async function emptyBucket(client: S3Client, Bucket: string): Promise<number> {
  let deleted = 0;
  try {
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
      const Objects: ObjectIdentifier[] = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({
        Key: Key ?? '',
        ...(VersionId !== undefined && { VersionId }),
      }));
      if (Objects.length === 0) return deleted;
      const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      const [first] = Errors;
      if (first)
        throw problem(
          'BucketNotEmptied',
          `${first.Key} in ${Bucket} could not be deleted: ${first.Code}, ${first.Message}`,
        );
      deleted += Objects.length;
    }
  } catch (error) {
    if (errorName(error) === 'NoSuchBucket') return deleted;
    throw error;
  }
}
