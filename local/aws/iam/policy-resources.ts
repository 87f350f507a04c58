import { AwsError, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { checkPropertyNames, generatedName, listProperty, textProperty } from '../cfn-values';
import { parseIdentityPolicy } from './role-resource';

/** AWS::IAM::Policy and AWS::IAM::RolePolicy: a role's inline policies as separate resources. */
export function inlinePolicyResource(kernel: LocalKernel): ResourceHandler {
  const apply = (request: ResourceRequest) => {
    checkPropertyNames(request, ['PolicyName!', 'PolicyDocument', 'Roles', 'RoleName', 'Users', 'Groups']);
    const policy = parseIdentityPolicy(request.properties['PolicyDocument']);
    const name = textProperty(request.properties, 'PolicyName') ?? '';
    const roles = roleNames(request.properties).map((role) => requireRole(kernel, role));
    if (roles.length === 0)
      throw new AwsError('ValidationError', `The policy ${name} needs at least one role in Roles.`);
    for (const role of roles) role.inline.set(name, policy);
    return { physicalId: request.physicalId ?? generatedName(request) };
  };
  const remove = (properties: ResourceRequest['properties']) => {
    const name = textProperty(properties, 'PolicyName') ?? '';
    for (const role of roleNames(properties)) kernel.roles.findByName(role)?.inline.delete(name);
  };
  return {
    create: async (request) => apply(request),
    async update(request) {
      remove(request.previousProperties ?? {});
      return apply(request);
    },
    delete: async (request) => remove(request.properties),
  };
}

/** AWS::IAM::ManagedPolicy. `Ref` is its ARN. */
export function managedPolicyResource(kernel: LocalKernel): ResourceHandler {
  const apply = (request: ResourceRequest, arn: string) => {
    checkPropertyNames(request, [
      'PolicyDocument!',
      'ManagedPolicyName',
      'Description',
      'Path',
      'Roles',
      'Users',
      'Groups',
      'Tags',
    ]);
    kernel.roles.putManagedPolicy(arn, parseIdentityPolicy(request.properties['PolicyDocument']));
    for (const role of roleNames(request.properties)) requireRole(kernel, role).attached.add(arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  };
  const detach = (arn: string, properties: ResourceRequest['properties']) => {
    for (const role of roleNames(properties)) kernel.roles.findByName(role)?.attached.delete(arn);
  };
  return {
    async create(request) {
      const name = textProperty(request.properties, 'ManagedPolicyName') ?? generatedName(request, 128);
      const path = textProperty(request.properties, 'Path') ?? '/';
      return apply(request, `arn:${kernel.partition}:iam::${kernel.accountId}:policy${path}${name}`);
    },
    async update(request) {
      const arn = request.physicalId ?? '';
      detach(arn, request.previousProperties ?? {});
      return apply(request, arn);
    },
    async delete(request) {
      detach(request.physicalId ?? '', request.properties);
      kernel.roles.deleteManagedPolicy(request.physicalId ?? '');
    },
  };
}

function roleNames(properties: ResourceRequest['properties']): readonly string[] {
  const single = textProperty(properties, 'RoleName');
  return [...(single === undefined ? [] : [single]), ...listProperty(properties, 'Roles').map(String)];
}

function requireRole(kernel: LocalKernel, name: string) {
  const role = kernel.roles.findByName(name);
  if (role !== undefined) return role;
  throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
}
