/** Tags of a workspace. Source: API reference "TagResource", "UntagResource", "ListTagsForResource". */
import type { Grant } from '../../../kernel/contracts';
import { type Context, findWorkspace, grant, type Operation, tagKeys, workspaceArn } from '../context';
import { invalid } from '../wire';
import type { Workspace } from '../workspace';

export const tagResource: Operation = (context, input, principal) => {
  const arn = String(input['resourceArn']);
  const requested = Object.entries(input['tags'] as Record<string, string>);
  const tagging = grantOn(context, 'TagResource', arn);
  context.kernel.authorize(principal, [
    { ...tagging, context: { ...tagging.context, ...tagKeys('aws:RequestTag', requested) } },
  ]);
  const workspace = byArn(context, arn);
  const tags = new Map([...workspace.tags, ...requested]);
  if (tags.size > 50) throw invalid(`A resource can have 50 tags; ${arn} would have ${tags.size}`);
  workspace.tags = tags;
  return {};
};

export const untagResource: Operation = (context, input, principal) => {
  const arn = String(input['resourceArn']);
  context.kernel.authorize(principal, [grantOn(context, 'UntagResource', arn)]);
  const workspace = byArn(context, arn);
  for (const key of input['tagKeys'] as string[]) workspace.tags.delete(key);
  return {};
};

export const listTags: Operation = (context, input, principal) => {
  const arn = String(input['resourceArn']);
  context.kernel.authorize(principal, [grantOn(context, 'ListTagsForResource', arn)]);
  return { tags: Object.fromEntries(byArn(context, arn).tags) };
};

/** The ARN, unchecked: only an authorised caller may learn whether its workspace exists. */
function grantOn(context: Context, action: string, arn: string): Grant {
  return { ...grant(context, action, arn.split('/').pop()), resource: arn };
}

function byArn(context: Context, arn: string): Workspace {
  const id = arn.split('/').pop() ?? '';
  if (arn !== workspaceArn(context, id)) throw invalid(`Invalid resource ARN ${arn}`);
  return findWorkspace(context, id);
}
