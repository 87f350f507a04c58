import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Context } from '../context';

/** Milliseconds between two lines. */
const everyMs = 10_000;

/**
 * Tells how far CloudFormation is, every ten seconds, where the framework's own progress is not drawn: without a
 * terminal it says nothing for as long as the stack takes. Returns what ends it.
 */
export function tellStackProgress(context: Context, work: 'deploys' | 'deletes'): () => void {
  if (context.terminal.interactive || context.flag('json')) return () => undefined;
  const startedAt = Date.now();
  let [isAsking, hasEnded] = [false, false];
  let client: CloudFormationClient | undefined;
  const ask = async (): Promise<void> => {
    if (isAsking || hasEnded) return;
    isAsking = true;
    client ??= await context.client(CloudFormationClient);
    const line = await progressLine(client, context, work).catch(() => undefined);
    isAsking = false;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    if (line !== undefined && !hasEnded)
      context.terminal.note(`  … CloudFormation ${work} the stack, ${seconds} s: ${line}`);
  };
  // A deployment that fails does not end it; the process must end all the same.
  const timer = setInterval(() => void ask(), everyMs).unref();
  return () => {
    hasEnded = true;
    clearInterval(timer);
  };
}

/** `94 of 131 resources, under way: LokiService, TempoService`. */
export async function progressLine(
  client: CloudFormationClient,
  context: Pick<Context, 'stackName' | 'serverless'>,
  work: 'deploys' | 'deletes',
): Promise<string> {
  const found: { readonly name: string; readonly status: string }[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: context.stackName }))
    for (const { LogicalResourceId = '', ResourceStatus = '' } of page.StackResourceSummaries ?? [])
      found.push({ name: LogicalResourceId, status: ResourceStatus });
  const template = context.serverless.service.provider.compiledCloudFormationTemplate;
  const all = work === 'deploys' ? Math.max(found.length, Object.keys(template?.Resources ?? {}).length) : found.length;
  const done = found.filter(({ status }) =>
    work === 'deploys' ? /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status) : status === 'DELETE_COMPLETE',
  );
  const now = found.filter(({ status }) => status.endsWith('_IN_PROGRESS')).map(({ name }) => name);
  const more = now.length > 3 ? ` and ${now.length - 3} more` : '';
  return `${done.length} of ${all} resources${now.length > 0 ? `, under way: ${now.slice(0, 3).join(', ')}${more}` : ''}`;
}
