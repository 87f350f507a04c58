import { AwsError, type Grant, type Json, type JsonObject } from '../contracts';

/** A parsed policy document (IAM user guide, "IAM JSON policy evaluation logic"). */
export interface Policy {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly resources?: readonly string[];
  readonly notResources?: readonly string[];
  /** Trust and resource policies: `{Service: ['ecs-tasks.amazonaws.com'], AWS: ['arn:…']}` or `*`. */
  readonly principal?: Readonly<Record<string, readonly string[]>> | '*';
  readonly conditions: readonly Condition[];
}

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

export type Decision = 'allowed' | 'denied' | 'not-allowed';

const statementMembers = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'Condition',
]);
const conditionOperator =
  /^(ForAnyValue:|ForAllValues:)?(StringEquals|StringNotEquals|StringLike|StringNotLike|StringEqualsIgnoreCase|ArnEquals|ArnLike|ArnNotEquals|ArnNotLike|Bool|Null)(IfExists)?$/;

/** Parses a policy document. Throws MalformedPolicyDocument, which names the fault. */
export function parsePolicy(document: Json | undefined): Policy {
  const parsed = typeof document === 'string' ? parseText(document) : document;
  if (!isObject(parsed)) throw malformed('The policy is not in the valid JSON format.');
  if (parsed['Version'] !== undefined && parsed['Version'] !== '2012-10-17' && parsed['Version'] !== '2008-10-17') {
    throw malformed(`The policy's Version must be 2012-10-17, not ${String(parsed['Version'])}.`);
  }
  const statements = list(parsed['Statement']);
  if (statements.length === 0) throw malformed('The policy has no Statement.');
  return { statements: statements.map(parseStatement) };
}

/**
 * The decision of the policies on a grant: an explicit Deny overrides Allow; without a matching statement it is
 * `not-allowed`.
 */
export function evaluate(policies: readonly Policy[], grant: Grant): Decision {
  const matching = policies.flatMap((policy) => policy.statements).filter((statement) => covers(statement, grant));
  if (matching.some((statement) => statement.effect === 'Deny')) return 'denied';
  return matching.some((statement) => statement.effect === 'Allow') ? 'allowed' : 'not-allowed';
}

/**
 * Whether the Principal of a trust or resource policy's statement names this caller: a service, an account or a role.
 */
export function matchesPrincipal(statement: Statement, kind: 'Service' | 'AWS', values: readonly string[]): boolean {
  if (statement.principal === undefined) return false;
  if (statement.principal === '*') return true;
  return (statement.principal[kind] ?? []).some((allowed) => allowed === '*' || values.includes(allowed));
}

export function covers(statement: Statement, grant: Grant): boolean {
  return (
    coversAction(statement, grant.action) &&
    coversResource(statement, grant.resource) &&
    meetsConditions(statement, grant)
  );
}

function coversAction(statement: Statement, action: string): boolean {
  const matches = (pattern: string) => like(pattern.toLowerCase(), action.toLowerCase());
  if (statement.notActions !== undefined) return !statement.notActions.some(matches);
  return (statement.actions ?? []).some(matches);
}

function coversResource(statement: Statement, resource: string): boolean {
  if (statement.notResources !== undefined) return !statement.notResources.some((pattern) => like(pattern, resource));
  return statement.resources === undefined || statement.resources.some((pattern) => like(pattern, resource));
}

function meetsConditions(statement: Statement, grant: Grant): boolean {
  return statement.conditions.every((condition) => meetsCondition(condition, grant.context ?? {}));
}

function meetsCondition(condition: Condition, context: Readonly<Record<string, string>>): boolean {
  const [, , operator = '', ifExists] = conditionOperator.exec(condition.operator) ?? [];
  const key = Object.keys(context).find((name) => name.toLowerCase() === condition.key.toLowerCase());
  const actual = key === undefined ? undefined : context[key];
  if (operator === 'Null') return condition.values.includes(String(actual === undefined));
  const negated = operator.includes('Not');
  if (actual === undefined) return ifExists !== undefined || negated;
  const positive = operator.replace('Not', '');
  const matched = condition.values.some((value) => compare(positive, value, actual));
  return negated ? !matched : matched;
}

function compare(operator: string, expected: string, actual: string): boolean {
  switch (operator) {
    case 'StringEquals':
      return expected === actual;
    case 'StringEqualsIgnoreCase':
    case 'Bool':
      return expected.toLowerCase() === actual.toLowerCase();
    default:
      return like(expected, actual);
  }
}

/** IAM's wildcards: `*` is any run of characters, `?` is one. */
export function like(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function parseStatement(value: Json): Statement {
  if (!isObject(value)) throw malformed('A Statement is not an object.');
  const unknown = Object.keys(value).find((name) => !statementMembers.has(name));
  if (unknown !== undefined) throw malformed(`Unknown field ${unknown} in a policy statement.`);
  const effect = value['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(`Effect must be Allow or Deny, not ${String(effect)}.`);
  if ((value['Action'] === undefined) === (value['NotAction'] === undefined)) {
    throw malformed('Policy statement must contain actions.');
  }
  return {
    effect,
    conditions: parseConditions(value['Condition']),
    ...(value['Action'] !== undefined && { actions: strings(value['Action'], 'Action') }),
    ...(value['NotAction'] !== undefined && { notActions: strings(value['NotAction'], 'NotAction') }),
    ...(value['Resource'] !== undefined && { resources: strings(value['Resource'], 'Resource') }),
    ...(value['NotResource'] !== undefined && { notResources: strings(value['NotResource'], 'NotResource') }),
    ...(value['Principal'] !== undefined && { principal: parsePrincipal(value['Principal']) }),
  };
}

function parsePrincipal(value: Json): Exclude<Statement['principal'], undefined> {
  if (value === '*') return '*';
  if (!isObject(value)) throw malformed('Principal must be "*" or an object.');
  return Object.fromEntries(Object.entries(value).map(([kind, of]) => [kind, strings(of ?? [], 'Principal')]));
}

function parseConditions(value: Json | undefined): readonly Condition[] {
  if (value === undefined) return [];
  if (!isObject(value)) throw malformed('Condition must be an object.');
  return Object.entries(value).flatMap(([operator, keys]) => {
    if (!conditionOperator.test(operator)) throw malformed(`The local cloud does not know the condition ${operator}.`);
    if (!isObject(keys)) throw malformed(`The condition ${operator} must be an object.`);
    return Object.entries(keys).map(([key, values]) => ({ operator, key, values: list(values).map(String) }));
  });
}

function strings(value: Json, member: string): readonly string[] {
  return list(value).map((item) => {
    if (typeof item !== 'string') throw malformed(`${member} must be a string or a list of strings.`);
    return item;
  });
}

function list(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function parseText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw malformed('The policy is not in the valid JSON format.');
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}
