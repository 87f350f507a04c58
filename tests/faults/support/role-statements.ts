import { readFileSync } from 'node:fs';
import { evaluateConditions, resolve, type Scope } from '../../../local/aws/cloudformation/intrinsics';
import { parseTemplate } from '../../../local/aws/cloudformation/template';
import type { Json } from '../../../local/kernel/contracts';

export interface RoleStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * The policy statements of every role of a packaged template, resolved as in a deployed stack, by the role's logical
 * id. An id that AWS would generate contains the stack's name here.
 */
export function roleStatements(file: string, stack: string): ReadonlyMap<string, readonly RoleStatement[]> {
  const { resources, conditions, mappings, parameters } = parseTemplate(readFileSync(file, 'utf8'));
  const id = (logicalId: string) => `${stack}-${logicalId}`;
  const outer: Omit<Scope, 'conditions'> = {
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([name, parameter]) => [name, (parameter as { Default?: Json }).Default ?? '']),
    ),
    mappings,
    pseudo: {
      'AWS::AccountId': '000000000000',
      'AWS::Partition': 'aws',
      'AWS::Region': 'eu-west-1',
      'AWS::StackId': id('stack'),
      'AWS::StackName': stack,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    availabilityZones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    ref: (logicalId) => nameOf(logicalId),
    getAtt: (logicalId, attribute) =>
      attribute === 'Arn' ? arnOf(logicalId) : `${nameOf(logicalId)}.${attribute.toLowerCase()}`,
    importValue: (name) => name,
  };
  const scope: Scope = { ...outer, conditions: evaluateConditions(conditions, outer) };
  const namesOf = ['BucketName', 'FunctionName', 'StateMachineName', 'RoleName', 'ClusterName', 'LogGroupName', 'Name'];
  function nameOf(logicalId: string): string {
    const properties = resources.get(logicalId)?.properties ?? {};
    const property = namesOf.find((name) => properties[name] !== undefined);
    return property === undefined ? id(logicalId) : String(resolve(properties[property] ?? null, scope));
  }
  function arnOf(logicalId: string): string {
    const type = resources.get(logicalId)?.type ?? '';
    const [, service = '', kind = ''] = type.toLowerCase().split('::');
    const name = nameOf(logicalId);
    if (service === 's3') return `arn:aws:s3:::${name}`;
    if (kind === 'loggroup') return `arn:aws:logs:eu-west-1:000000000000:log-group:${name}:*`;
    return `arn:aws:${service}:eu-west-1:000000000000:${kind}/${name}`;
  }
  const roles = [...resources.values()].filter(({ type }) => type === 'AWS::IAM::Role');
  return new Map(
    roles.map(({ logicalId, properties }) => {
      const policies = resolve(properties['Policies'] ?? [], scope) as unknown as readonly {
        readonly PolicyDocument: { readonly Statement: RoleStatement | readonly RoleStatement[] };
      }[];
      return [logicalId, policies.flatMap(({ PolicyDocument }) => [PolicyDocument.Statement].flat())];
    }),
  );
}
