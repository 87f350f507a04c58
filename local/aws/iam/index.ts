import { parsePolicy } from '../../kernel/access/policy';
import type { Role } from '../../kernel/access/role-store';
import { AwsError, type JsonObject, type Operations, type Output, type ServiceModule } from '../../kernel/contracts';
import type { LocalKernel } from '../../kernel/create-kernel';
import { awsQuery } from '../../kernel/protocols/aws-query';
import { inlinePolicyResource, managedPolicyResource } from './policy-resources';
import { newRole, roleResource } from './role-resource';

/** AWS IAM: roles and policies of the template, and the service-linked roles that the plugin creates. */
export function createIam(kernel: LocalKernel): ServiceModule {
  const operations: Operations = {
    GetRole: {
      grants: (input) => [{ action: 'iam:GetRole', resource: roleArn(kernel, input) }],
      handle: (input) => ({ Role: describe(requireRole(kernel, String(input['RoleName']))) }),
    },
    ListRoles: {
      grants: () => [{ action: 'iam:ListRoles', resource: '*' }],
      handle: () => ({ Roles: kernel.roles.list().map(describe), IsTruncated: false }),
    },
    CreateServiceLinkedRole: {
      grants: (input) => [
        {
          action: 'iam:CreateServiceLinkedRole',
          resource: `arn:${kernel.partition}:iam::${kernel.accountId}:role/aws-service-role/${String(input['AWSServiceName'])}/*`,
          context: { 'iam:AWSServiceName': String(input['AWSServiceName']) },
        },
      ],
      handle: (input) => ({ Role: describe(createServiceLinkedRole(kernel, String(input['AWSServiceName'] ?? ''))) }),
    },
  };
  return {
    signingNames: ['iam'],
    operations,
    handle: awsQuery({ kernel, namespace: 'https://iam.amazonaws.com/doc/2010-05-08/', operations }),
    resources: {
      'AWS::IAM::Role': roleResource(kernel),
      'AWS::IAM::Policy': inlinePolicyResource(kernel),
      'AWS::IAM::RolePolicy': inlinePolicyResource(kernel),
      'AWS::IAM::ManagedPolicy': managedPolicyResource(kernel),
    },
  };
}

/** The names that IAM gives to the service-linked roles of this stack. */
const serviceLinkedRoles: Readonly<Record<string, string>> = {
  'ecs.amazonaws.com': 'AWSServiceRoleForECS',
  'ecs.application-autoscaling.amazonaws.com': 'AWSServiceRoleForApplicationAutoScaling_ECSService',
  'elasticloadbalancing.amazonaws.com': 'AWSServiceRoleForElasticLoadBalancing',
  'grafana.amazonaws.com': 'AWSServiceRoleForAmazonGrafana',
};

function createServiceLinkedRole(kernel: LocalKernel, service: string): Role {
  const name = serviceLinkedRoles[service];
  if (name === undefined) {
    throw new AwsError('InvalidInput', `The local cloud knows no service-linked role for ${service}.`);
  }
  if (kernel.roles.findByName(name) !== undefined) {
    throw new AwsError(
      'InvalidInput',
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    );
  }
  const role = newRole(kernel, name, `/aws-service-role/${service}/`, {});
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  };
  role.trust = parsePolicy(trust);
  role.trustDocument = JSON.stringify(trust);
  kernel.roles.put(role);
  return role;
}

function requireRole(kernel: LocalKernel, name: string): Role {
  const role = kernel.roles.findByName(name);
  if (role !== undefined) return role;
  throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
}

function roleArn(kernel: LocalKernel, input: JsonObject): string {
  const name = String(input['RoleName']);
  return kernel.roles.findByName(name)?.arn ?? `arn:${kernel.partition}:iam::${kernel.accountId}:role/${name}`;
}

function describe(role: Role): Output {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(role.trustDocument),
    Description: role.description,
    MaxSessionDuration: 3600,
  };
}
