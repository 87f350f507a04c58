import { CloudFormationClient, GetTemplateCommand, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import type { Context } from '../context';
import { problem } from '../problem';
import type { Template } from '../serverless';
import type { Stack } from './stack';

/** What stays in the account when the deployed stack is deleted. */
export interface Kept {
  readonly keepsData: boolean;
  /** The buckets and workspaces that stay: `AWS::S3::Bucket`, and the name or id. */
  readonly resources: readonly StackResource[];
  /** Buckets that CloudFormation deletes; they must be empty. */
  readonly buckets: readonly string[];
}

interface StackResource {
  readonly type: string;
  readonly physicalId: string;
}

/**
 * Reads from the deployed template what CloudFormation will keep. Today's parameters may differ from those of the
 * deploy: the message could say that data is kept although CloudFormation deletes it, or the reverse.
 */
export async function readKept(context: Context, stack: Stack): Promise<Kept> {
  const client = await context.client(CloudFormationClient);
  const { TemplateBody } = await client.send(
    new GetTemplateCommand({ StackName: stack.name, TemplateStage: 'Original' }),
  );
  const { Resources } = JSON.parse(TemplateBody ?? '{"Resources":{}}') as Template;
  const isKept = (logicalId: string): boolean => /^Retain/.test(Resources[logicalId]?.DeletionPolicy ?? 'Delete');
  const stateful = (type: string): boolean => type === 'AWS::S3::Bucket' || type === 'AWS::APS::Workspace';
  const keepsData = Object.entries(Resources).some(([id, { Type }]) => stateful(Type) && isKept(id));
  const resources: StackResource[] = [];
  const buckets: string[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack.name })) {
    for (const each of page.StackResourceSummaries ?? []) {
      const { LogicalResourceId = '', PhysicalResourceId: physicalId, ResourceStatus, ResourceType: type = '' } = each;
      if (!physicalId || ResourceStatus === 'DELETE_COMPLETE' || !stateful(type)) continue;
      if (isKept(LogicalResourceId)) resources.push({ type, physicalId });
      else if (type === 'AWS::S3::Bucket') buckets.push(physicalId);
    }
  }
  return { keepsData, resources, buckets };
}

/** Throws a Problem when the command line has another `keepData` than the stack was deployed with. */
export function assertAsDeployed(context: Context, stack: Stack, { keepsData }: Kept): void {
  const asked = context.typedParameter('keepData');
  if (asked === undefined || (asked === 'true') === keepsData) return;
  throw problem(
    'KeepDataDiffers',
    `${stack.name} was deployed with keepData=${keepsData}, and a removal uses that value; --param="keepData=${asked}" cannot change it now. ` +
      `${keepsData ? 'Its buckets and metrics would stay.' : 'Its data would be deleted.'} ` +
      `Deploy with it first (\`${context.command('deploy')} --no-setup --param="keepData=${asked}"\`), or remove without it. Nothing was changed.`,
  );
}
