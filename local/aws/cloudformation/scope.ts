import type { LocalKernel } from '../../kernel/create-kernel';
import { evaluateConditions, type Scope } from './intrinsics';
import type { Deployment, Stack } from './stack';
import { formatError, invalid } from './validation-error';

/** The values that a template's intrinsic functions can refer to: parameters, and the resources created so far. */
export function createScope(
  kernel: LocalKernel,
  stack: Pick<Stack, 'name' | 'id' | 'resources'>,
  deployment: Deployment,
  exports: (name: string) => string | undefined,
): Scope {
  const { template } = deployment;
  const scope: Omit<Scope, 'conditions'> = {
    parameters: deployment.parameters,
    mappings: template.mappings,
    pseudo: {
      'AWS::AccountId': kernel.accountId,
      'AWS::NotificationARNs': [],
      'AWS::Partition': kernel.partition,
      'AWS::Region': kernel.region,
      'AWS::StackId': stack.id,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    availabilityZones: ['a', 'b', 'c'].map((zone) => `${kernel.region}${zone}`),
    ref: (logicalId) => required(stack, logicalId).physicalId,
    getAtt: (logicalId, attribute) => {
      const resource = required(stack, logicalId);
      const value = resource.attributes[attribute];
      if (value !== undefined && Object.hasOwn(resource.attributes, attribute)) return value;
      throw invalid(
        `Template error: resource ${logicalId} (${resource.template.type}) does not support attribute type ${attribute} in Fn::GetAtt`,
      );
    },
    importValue: (name) => {
      const value = exports(name);
      if (value !== undefined) return value;
      throw invalid(`No export named ${name} found.`);
    },
  };
  return { ...scope, conditions: evaluateConditions(template.conditions, scope) };
}

/** The logical ids of the resources whose conditions are true. */
export function includedResources(deployment: Deployment, scope: Pick<Scope, 'conditions'>): ReadonlySet<string> {
  const included = [...deployment.template.resources.values()].filter(({ condition, logicalId }) => {
    if (condition === undefined) return true;
    const value = scope.conditions[condition];
    if (value === undefined) throw formatError(`Unresolved condition ${condition} of resource ${logicalId}`);
    return value;
  });
  return new Set(included.map((resource) => resource.logicalId));
}

function required(stack: Pick<Stack, 'resources'>, logicalId: string) {
  const resource = stack.resources.get(logicalId);
  if (resource !== undefined) return resource;
  throw formatError(
    `Unresolved resource dependencies [${logicalId}]: the template has none of this name, or its condition is false.`,
  );
}
