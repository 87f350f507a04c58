import { AwsError, type Grant, type Json, type JsonObject, type Operations, type Output } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { formList } from '../../kernel/protocols/form';
import { isJsonObject, textProperty } from '../cfn-values';
import { changeSetOperations } from './change-sets';
import { describeEvent, describeResource, describeStack } from './describe';
import { isSecret } from './parameter-declarations';
import { resolveParameters } from './parameters';
import type { Deployment, Stack } from './stack';
import type { OnFailure } from './stack-engine';
import type { StackStore } from './stack-store';
import { parseTemplate, type Template } from './template';
import { invalid } from './validation-error';

const eventPage = 100;
const updatable = new Set(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE']);

/**
 * The operations that the Serverless Framework, this project and its documents call. The framework needs no change set
 * (deploymentMethod: direct).
 */
export function cloudFormationOperations(kernel: LocalKernel, store: StackStore): Operations {
  const grants =
    (action: string) =>
    (input: JsonObject): readonly Grant[] => {
      const name = textProperty(input, 'StackName') ?? '*';
      const arn = `arn:${kernel.partition}:cloudformation:${kernel.region}:${kernel.accountId}:stack/${name}/*`;
      return [{ action: `cloudformation:${action}`, resource: name.startsWith('arn:') ? name : arn }];
    };
  const define = (name: string, handle: Operations[string]['handle']) => [name, { grants: grants(name), handle }];
  return Object.fromEntries([
    define('CreateStack', async (input) => {
      const name = stackName(input);
      const template = parseTemplate(await templateBody(kernel, input));
      const stack = store.create(name, readDeployment(template, input));
      stack.capabilities = formList(input, 'Capabilities').map(String);
      stack.terminationProtection = input['EnableTerminationProtection'] === 'true';
      try {
        requireCapability(template, stack.capabilities);
        store.engine.check(stack.deployment, stack);
      } catch (error) {
        store.forget(stack);
        throw error;
      }
      void store.engine.create(stack, onFailure(input));
      return { StackId: stack.id };
    }),
    define('UpdateStack', async (input) => {
      const stack = store.requireActive(stackName(input));
      if (!updatable.has(stack.status)) {
        throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
      }
      const usePrevious = input['UsePreviousTemplate'] === 'true';
      const body = usePrevious ? stack.deployment.template.body : await templateBody(kernel, input);
      const deployment = readDeployment(parseTemplate(body), input, stack.deployment);
      requireCapability(deployment.template, formList(input, 'Capabilities').map(String));
      store.engine.check(deployment, stack);
      if (sameDeployment(stack.deployment, deployment)) throw invalid('No updates are to be performed.');
      void store.engine.update(stack, deployment);
      return { StackId: stack.id };
    }),
    define('DeleteStack', (input) => {
      const stack = store.findActive(stackName(input));
      if (stack === undefined) return {};
      if (stack.terminationProtection) {
        throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
      }
      if (stack.status === 'DELETE_IN_PROGRESS') return {};
      if (stack.busy) throw invalid(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
      const retained = new Set(formList(input, 'RetainResources').map(String));
      void store.engine.delete(stack, retained);
      return {};
    }),
    define('DescribeStacks', (input) => {
      const name = textProperty(input, 'StackName');
      const stacks = name === undefined ? store.active() : [store.require(name)];
      return { Stacks: stacks.map(describeStack) };
    }),
    define('ListStacks', (input) => {
      const wanted = formList(input, 'StackStatusFilter').map(String);
      const stacks = store.all().filter((stack) => wanted.length === 0 || wanted.includes(stack.status));
      return { StackSummaries: stacks.map(describeStack) };
    }),
    define('DescribeStackEvents', (input) => {
      const stack = store.require(stackName(input));
      const newestFirst = stack.events.toReversed();
      const offset = Number(textProperty(input, 'NextToken') ?? 0);
      // The token counts from the oldest event, because new events may arrive between two pages.
      const start = offset === 0 ? 0 : newestFirst.length - offset;
      const page = newestFirst.slice(start, start + eventPage);
      const rest = newestFirst.length - start - page.length;
      return {
        StackEvents: page.map((event) => describeEvent(stack, event)),
        ...(rest > 0 && { NextToken: String(rest) }),
      };
    }),
    define('DescribeStackResource', (input) => {
      const stack = store.require(stackName(input));
      return { StackResourceDetail: describeResource(stack, requireResource(stack, input), 'detail') };
    }),
    define('DescribeStackResources', (input) => {
      const stack = store.require(stackName(input));
      const wanted = textProperty(input, 'LogicalResourceId');
      const resources = [...stack.resources.keys()].filter((id) => wanted === undefined || id === wanted);
      return { StackResources: resources.map((id) => describeResource(stack, id, 'resource')) };
    }),
    define('ListStackResources', (input) => {
      const stack = store.require(stackName(input));
      return {
        StackResourceSummaries: [...stack.resources.keys()].map((id) => describeResource(stack, id, 'summary')),
      };
    }),
    define('GetTemplate', (input) => ({
      TemplateBody: store.require(stackName(input)).deployment.template.body,
      StagesAvailable: ['Original', 'Processed'],
    })),
    define('ValidateTemplate', async (input) => describeTemplate(parseTemplate(await templateBody(kernel, input)))),
    define('ListExports', () => ({
      Exports: store.exports().map(({ stack, name, value }) => ({
        ExportingStackId: stack.id,
        Name: name,
        Value: value,
      })),
    })),
    ...Object.entries(changeSetOperations(store)).map(([action, handle]) => define(action, handle)),
    define('SetStackPolicy', () => ({})),
    define('UpdateTerminationProtection', (input) => {
      const stack = store.requireActive(stackName(input));
      stack.terminationProtection = input['EnableTerminationProtection'] === 'true';
      return { StackId: stack.id };
    }),
  ]) as Operations;
}

function stackName(input: JsonObject): string {
  const name = textProperty(input, 'StackName');
  if (name !== undefined && name !== '') return name;
  throw invalid(
    "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
  );
}

/** The template's text: inline, or from S3 by a path-style or a virtual-hosted URL. */
async function templateBody(kernel: LocalKernel, input: JsonObject): Promise<string> {
  const body = textProperty(input, 'TemplateBody');
  if (body !== undefined) return body;
  const url = textProperty(input, 'TemplateURL');
  if (url === undefined || !URL.canParse(url)) throw invalid('Either Template URL or Template Body must be specified.');
  const { hostname, pathname } = new URL(url);
  const virtual = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  try {
    const path = decodeURIComponent(pathname.slice(1));
    const [bucket = '', ...key] = virtual === undefined ? path.split('/') : [virtual, path];
    return (await kernel.readObject(bucket, key.join('/'))).toString('utf8');
  } catch (error) {
    throw invalid(`S3 error: ${(error as Error).message}`);
  }
}

function readDeployment(template: Template, input: JsonObject, previous?: Deployment): Deployment {
  const given = new Map<string, string | undefined>();
  for (const parameter of formList(input, 'Parameters').filter(isJsonObject)) {
    const key = textProperty(parameter, 'ParameterKey') ?? '';
    const before = previous?.parameters[key];
    const value = parameter['UsePreviousValue'] === 'true' ? asText(before) : textProperty(parameter, 'ParameterValue');
    given.set(key, value);
  }
  const tags = formList(input, 'Tags')
    .filter(isJsonObject)
    .map((tag) => [String(tag['Key']), String(tag['Value'])] as const);
  return {
    template,
    parameters: resolveParameters(template, given),
    tags: input['Tags'] === undefined && previous !== undefined ? previous.tags : Object.fromEntries(tags),
  };
}

function asText(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.join(',') : String(value);
}

/**
 * Whether two deployments are the same. Metadata, descriptions and parameter declarations are ignored: they change no
 * resource.
 */
function sameDeployment(before: Deployment, after: Deployment): boolean {
  const comparable = ({ template, parameters, tags }: Deployment) =>
    JSON.stringify([
      [...template.resources.values()],
      template.conditions,
      template.mappings,
      template.outputs,
      parameters,
      tags,
    ]);
  return comparable(before) === comparable(after);
}

function onFailure(input: JsonObject): OnFailure {
  const wanted = textProperty(input, 'OnFailure');
  if (input['DisableRollback'] === 'true') return 'DO_NOTHING';
  if (wanted === undefined || wanted === 'ROLLBACK') return 'ROLLBACK';
  if (wanted === 'DELETE' || wanted === 'DO_NOTHING') return wanted;
  throw invalid(`"${wanted}" is not a value of OnFailure.`);
}

/**
 * IAM resources require CAPABILITY_IAM, those with custom names CAPABILITY_NAMED_IAM. Throws
 * InsufficientCapabilitiesException.
 */
function requireCapability(template: Template, capabilities: readonly string[]): void {
  const iam = [...template.resources.values()].filter((resource) => resource.type.startsWith('AWS::IAM::'));
  const named = iam.some((resource) => ['RoleName', 'ManagedPolicyName'].some((name) => name in resource.properties));
  if (iam.length === 0 || capabilities.includes('CAPABILITY_NAMED_IAM')) return;
  if (!named && capabilities.includes('CAPABILITY_IAM')) return;
  const needed = named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
}

function requireResource(stack: Stack, input: JsonObject): string {
  const id = textProperty(input, 'LogicalResourceId') ?? '';
  if (stack.resources.has(id)) return id;
  throw invalid(`Resource ${id} does not exist for stack ${stack.name}`);
}

function describeTemplate(template: Template): Output {
  return {
    Description: template.description,
    Parameters: Object.entries(template.parameters).map(([name, parameter]) => ({
      ParameterKey: name,
      DefaultValue: textProperty(parameter, 'Default'),
      NoEcho: isSecret(parameter),
      Description: textProperty(parameter, 'Description'),
    })),
  };
}
