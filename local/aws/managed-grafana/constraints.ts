/**
 * Lengths, ranges, enumerations and patterns of AMG's inputs. Source: the service model that AWS publishes
 * (botocore data/grafana/2020-08-18/service-2.json) and the API reference's pages for each operation.
 */
import * as sdk from '@aws-sdk/client-grafana';
import type { Json, JsonObject } from '../../kernel/contracts';
import type { Problem } from './check-value';
import { checkSaml } from './saml';

interface Rule {
  readonly enumeration?: readonly string[];
  readonly pattern?: RegExp;
  readonly length?: readonly [number, number];
  readonly range?: readonly [number, number];
  readonly size?: readonly [number, number];
}

const thirtyDays = 30 * 24 * 3600;
const enumeration = (values: Readonly<Record<string, string>>): Rule => ({ enumeration: Object.values(values) });

/** By member name: in this API a name has the same constraint in every operation. */
const rules: Readonly<Record<string, Rule>> = {
  accountAccessType: enumeration(sdk.AccountAccessType),
  permissionType: enumeration(sdk.PermissionType),
  authenticationProviders: enumeration(sdk.AuthenticationProviderTypes),
  workspaceDataSources: enumeration(sdk.DataSourceType),
  workspaceNotificationDestinations: enumeration(sdk.NotificationDestinationType),
  ipAddressType: enumeration(sdk.IPAddressType),
  grafanaRole: enumeration(sdk.Role),
  userType: enumeration(sdk.UserType),
  workspaceId: { pattern: /^g-[0-9a-f]{10}$/ },
  clientToken: { pattern: /^[!-~]{1,64}$/ },
  workspaceName: { pattern: /^[a-zA-Z0-9-._~]{1,255}$/ },
  workspaceDescription: { length: [0, 2048] },
  workspaceRoleArn: { length: [1, 2048], pattern: /^arn:[a-z-]+:iam::\d{12}:role\/.+$/ },
  grafanaVersion: { length: [1, 255] },
  configuration: { length: [2, 65_536] },
  // aws-facts: amg-token-life
  secondsToLive: { range: [1, thirtyDays] },
  name: { length: [1, 128] },
  maxResults: { range: [1, 100] },
  tags: { size: [0, 50] },
  tagKeys: { size: [0, 200] },
  updateInstructionBatch: { size: [0, 20] },
};

/** Names each member that breaks its rule; nested members are checked where their operation uses them. */
export function checkConstraints(operation: string, input: JsonObject): Problem[] {
  return Object.entries(input)
    .flatMap(([name, value]) => {
      const rule = rules[name];
      return rule && value !== undefined ? check(rule, name, value) : [];
    })
    .concat(operation === 'UpdatePermissions' ? checkInstructions(input['updateInstructionBatch']) : [])
    .concat(operation === 'UpdateWorkspaceAuthentication' ? checkSaml(input['samlConfiguration']) : []);
}

function check(rule: Rule, name: string, value: Json): Problem[] {
  const problems: Problem[] = [];
  const strings = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
  for (const text of strings) {
    if (rule.enumeration && !rule.enumeration.includes(text))
      problems.push({ name, message: `Member must satisfy enum value set: [${rule.enumeration.join(', ')}]` });
    if (rule.pattern && !rule.pattern.test(text))
      problems.push({ name, message: `Member must satisfy regular expression pattern: ${rule.pattern.source}` });
    if (rule.length && (text.length < rule.length[0] || text.length > rule.length[1]))
      problems.push({ name, message: `Member must have length between ${rule.length[0]} and ${rule.length[1]}` });
  }
  if (rule.range && typeof value === 'number' && (value < rule.range[0] || value > rule.range[1])) {
    problems.push({ name, message: `Member must have value between ${rule.range[0]} and ${rule.range[1]}` });
  }
  const size = Array.isArray(value)
    ? value.length
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length
      : undefined;
  if (rule.size && size !== undefined && (size < rule.size[0] || size > rule.size[1])) {
    problems.push({ name, message: `Member must have between ${rule.size[0]} and ${rule.size[1]} entries` });
  }
  return problems;
}

/**
 * The model limits the instructions of a call. Users report the same limit for the users in it.
 * aws-facts: amg-permission-batches
 */
const usersACall = 20;

function checkInstructions(batch: Json | undefined): Problem[] {
  if (!Array.isArray(batch)) return [];
  const users = batch.flatMap((item) => (item as { users: Json[] }).users).length;
  if (users > usersACall)
    return [{ name: 'updateInstructionBatch', message: `Member must name at most ${usersACall} users` }];
  return batch.flatMap((item, index) => {
    const instruction = item as { action: string; role: string; users: { id: string; type: string }[] };
    const path = `updateInstructionBatch.${index + 1}.member`;
    return [
      ...check(enumeration(sdk.UpdateAction), `${path}.action`, instruction.action),
      ...check(enumeration(sdk.Role), `${path}.role`, instruction.role),
      ...instruction.users.flatMap((user) => [
        ...check({ length: [1, 47] }, `${path}.users.id`, user.id),
        ...check(enumeration(sdk.UserType), `${path}.users.type`, user.type),
      ]),
    ];
  });
}
