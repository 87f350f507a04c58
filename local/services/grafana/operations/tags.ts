/** Tags of a workspace. Source: API reference "TagResource", "UntagResource", "ListTagsForResource". */
import { type Context, findWorkspace, type Operation, workspaceArn } from '../context';
import { invalid } from '../wire';
import type { Workspace } from '../workspace';

export const tagResource: Operation = (context, input, principal) => {
  const arn = String(input['resourceArn']);
  context.kernel.authorize(principal, [{ action: 'grafana:TagResource', resource: arn }]);
  const workspace = byArn(context, arn);
  const tags = new Map([...workspace.tags, ...Object.entries(input['tags'] as Record<string, string>)]);
  if (tags.size > 50) throw invalid(`A resource can have 50 tags; ${arn} would have ${tags.size}`);
  workspace.tags = tags;
  return {};
};

export const untagResource: Operation = (context, input, principal) => {
  const arn = String(input['resourceArn']);
  context.kernel.authorize(principal, [{ action: 'grafana:UntagResource', resource: arn }]);
  const workspace = byArn(context, arn);
  for (const key of input['tagKeys'] as string[]) workspace.tags.delete(key);
  return {};
};

export const listTags: Operation = (context, input, principal) => {
  const arn = String(input['resourceArn']);
  context.kernel.authorize(principal, [{ action: 'grafana:ListTagsForResource', resource: arn }]);
  return { tags: Object.fromEntries(byArn(context, arn).tags) };
};

function byArn(context: Context, arn: string): Workspace {
  const id = arn.split('/').pop() ?? '';
  if (arn !== workspaceArn(context, id)) throw invalid(`Invalid resource ARN ${arn}`);
  return findWorkspace(context, id);
}
