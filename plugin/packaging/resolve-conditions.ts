import { problem } from '../problem';

type Value = null | boolean | number | string | Value[] | { [key: string]: Value };
type Section = Record<string, Value>;

export interface ConditionalTemplate {
  Conditions?: Section;
  Resources: Section;
  Outputs?: Section;
}

/**
 * Resolves the template's conditions when packaging. They depend on stage parameters only, which are known then. So the
 * template that is deployed, linted and priced has exactly the resources that are created: none with a false condition,
 * no `Fn::If`, no value of a branch that is not taken. Changes `template` in place.
 *
 * Throws a Problem when a condition is not made of literals, `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` and
 * `Condition`.
 */
export function resolveConditions(template: ConditionalTemplate): void {
  const conditions = template.Conditions;
  if (!conditions) return;
  const holds = (name: string): boolean => evaluate(conditions[name], name, holds);
  template.Resources = keepExisting(template.Resources, holds);
  if (template.Outputs) template.Outputs = keepExisting(template.Outputs, holds);
  dropMissingDependencies(template.Resources);
  delete template.Conditions;
}

function evaluate(expression: Value | undefined, name: string, holds: (name: string) => boolean): boolean {
  const [operator, operand] = isObject(expression) ? (Object.entries(expression)[0] ?? []) : [];
  if (operator === 'Condition' && typeof operand === 'string') return holds(operand);
  if (Array.isArray(operand)) {
    if (operator === 'Fn::Equals' && operand.every(isLiteral)) return String(operand[0]) === String(operand[1]);
    if (operator === 'Fn::And') return operand.every((part) => evaluate(part, name, holds));
    if (operator === 'Fn::Or') return operand.some((part) => evaluate(part, name, holds));
    if (operator === 'Fn::Not') return !evaluate(operand[0], name, holds);
  }
  throw problem(
    'ConditionNotStatic',
    `The condition "${name}" is missing or not made of stage parameters alone: ${JSON.stringify(expression)}. Compare literals (\${param:…}) in it.`,
  );
}

/** The entries of a section whose `Condition` holds, without the attribute, and with every `Fn::If` inside resolved. */
function keepExisting(section: Section, holds: (name: string) => boolean): Section {
  const kept: Section = {};
  for (const [id, entry] of Object.entries(section)) {
    if (!isObject(entry)) continue;
    const { Condition, ...rest } = entry;
    if (typeof Condition === 'string' && !holds(Condition)) continue;
    kept[id] = resolveIfs(rest, holds);
  }
  return kept;
}

function resolveIfs(value: Value, holds: (name: string) => boolean): Value {
  if (Array.isArray(value)) return value.map((item) => resolveIfs(item, holds)).filter((item) => !isNoValue(item));
  if (!isObject(value)) return value;
  const choice = value['Fn::If'];
  if (Array.isArray(choice) && Object.keys(value).length === 1) {
    return resolveIfs(choice[holds(String(choice[0])) ? 1 : 2] ?? null, holds);
  }
  const resolved = Object.entries(value).map(([key, item]) => [key, resolveIfs(item, holds)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => !isNoValue(item)));
}

function dropMissingDependencies(resources: Section): void {
  for (const resource of Object.values(resources)) {
    if (!isObject(resource) || resource['DependsOn'] === undefined) continue;
    const kept = [resource['DependsOn']].flat().filter((id) => typeof id === 'string' && id in resources);
    if (kept.length > 0) resource['DependsOn'] = kept;
    else delete resource['DependsOn'];
  }
}

function isNoValue(value: Value): boolean {
  return isObject(value) && value['Ref'] === 'AWS::NoValue';
}

function isLiteral(value: Value): boolean {
  return value === null || typeof value !== 'object';
}

function isObject(value: Value | undefined): value is { [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
