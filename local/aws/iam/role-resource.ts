import { randomBytes } from 'node:crypto';
import { type Policy, parsePolicy } from '../../kernel/access/policy';
import type { Role } from '../../kernel/access/role-store';
import { AwsError, type JsonObject, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { checkPropertyNames, generatedName, isJsonObject, listProperty, textProperty } from '../cfn-values';

const known = [
  'AssumeRolePolicyDocument!',
  'Description',
  'ManagedPolicyArns',
  'MaxSessionDuration',
  'Path',
  'PermissionsBoundary',
  'Policies',
  'RoleName',
  'Tags',
];

/** AWS::IAM::Role. Name and path cannot change in place. */
export function roleResource(kernel: LocalKernel): ResourceHandler {
  const apply = (request: ResourceRequest, role: Role) => {
    const { properties } = request;
    role.trust = parseTrust(properties);
    role.trustDocument = JSON.stringify(properties['AssumeRolePolicyDocument']);
    replaceInline(role, request.previousProperties, properties);
    replaceAttached(kernel, role, request.previousProperties, properties);
    return { physicalId: role.name, attributes: { Arn: role.arn, RoleId: role.id } };
  };
  return {
    async create(request) {
      checkPropertyNames(request, known);
      const name = textProperty(request.properties, 'RoleName') ?? generatedName(request);
      if (!/^[\w+=,.@-]{1,64}$/.test(name)) {
        throw new AwsError('ValidationError', `The role name "${name}" must be 1 to 64 characters of [\\w+=,.@-].`);
      }
      if (kernel.roles.findByName(name) !== undefined) {
        throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
      }
      const role = newRole(kernel, name, textProperty(request.properties, 'Path') ?? '/', request.properties);
      const result = apply(request, role);
      kernel.roles.put(role);
      return result;
    },
    async update(request) {
      checkPropertyNames(request, known);
      const role = kernel.roles.findByName(request.physicalId ?? '');
      const fixed = ['RoleName', 'Path'].filter(
        (name) => request.properties[name] !== request.previousProperties?.[name],
      );
      if (role === undefined || fixed.length > 0) return this.create(request);
      return apply(request, role);
    },
    async delete(request) {
      kernel.roles.delete(request.physicalId ?? '');
    },
  };
}

export function newRole(kernel: LocalKernel, name: string, path: string, properties: JsonObject): Role {
  return {
    name,
    path,
    arn: `arn:${kernel.partition}:iam::${kernel.accountId}:role${path}${name}`,
    id: `AROA${randomBytes(8).toString('hex').toUpperCase()}`,
    createdAt: kernel.now(),
    description: textProperty(properties, 'Description') ?? '',
    trust: { statements: [] },
    trustDocument: '',
    inline: new Map(),
    attached: new Set(),
  };
}

function parseTrust(properties: JsonObject): Policy {
  const trust = parsePolicy(properties['AssumeRolePolicyDocument']);
  if (trust.statements.some((statement) => statement.principal === undefined)) {
    throw new AwsError('MalformedPolicyDocument', 'AssumeRolepolicy must contain a Principal in every statement.');
  }
  if (trust.statements.some((statement) => statement.resources !== undefined)) {
    throw new AwsError('MalformedPolicyDocument', 'Has prohibited field Resource');
  }
  return trust;
}

/** Replaces only policies from the role's own property: AWS::IAM::Policy resources add others to the role. */
function replaceInline(role: Role, previous: JsonObject | undefined, next: JsonObject): void {
  const policies = readInline(next);
  for (const name of readInline(previous ?? {}).keys()) role.inline.delete(name);
  for (const [name, policy] of policies) role.inline.set(name, policy);
}

function readInline(properties: JsonObject): Map<string, Policy> {
  return new Map(
    listProperty(properties, 'Policies').map((entry) => {
      const name = isJsonObject(entry) ? textProperty(entry, 'PolicyName') : undefined;
      if (!isJsonObject(entry) || name === undefined) {
        throw new AwsError('ValidationError', 'Every entry of Policies needs PolicyName and PolicyDocument.');
      }
      return [name, parseIdentityPolicy(entry['PolicyDocument'])];
    }),
  );
}

export function parseIdentityPolicy(document: JsonObject[string]): Policy {
  const policy = parsePolicy(document);
  for (const statement of policy.statements) {
    if (statement.principal !== undefined) {
      throw new AwsError('MalformedPolicyDocument', 'Policy document should not specify a principal.');
    }
    if (statement.resources === undefined && statement.notResources === undefined) {
      throw new AwsError('MalformedPolicyDocument', 'Policy statement must contain resources.');
    }
    const vague = (statement.actions ?? statement.notActions ?? []).find((a) => a !== '*' && !a.includes(':'));
    if (vague !== undefined) {
      throw new AwsError('MalformedPolicyDocument', `Actions/Conditions must be prefaced by a vendor: ${vague}`);
    }
  }
  return policy;
}

function replaceAttached(kernel: LocalKernel, role: Role, previous: JsonObject | undefined, next: JsonObject): void {
  const arns = listProperty(next, 'ManagedPolicyArns').map(String);
  for (const arn of arns) {
    if (kernel.roles.findManagedPolicy(arn) === undefined) {
      throw new AwsError(
        'NoSuchEntity',
        `Policy ${arn} does not exist or is not attachable. (The local cloud knows only the AWS managed policies in local/kernel/access.)`,
        404,
      );
    }
  }
  for (const arn of listProperty(previous ?? {}, 'ManagedPolicyArns')) role.attached.delete(String(arn));
  for (const arn of arns) role.attached.add(arn);
}
