import type { Json, JsonObject } from '../../kernel/contracts';
import { numberPattern } from './parameter-declarations';
import type { Template } from './template';
import { invalid } from './validation-error';

/** The parameters' values: the given value, or the default for a parameter without one. Throws ValidationError. */
export function resolveParameters(
  template: Template,
  given: ReadonlyMap<string, string | undefined>,
): Readonly<Record<string, Json>> {
  const unknown = [...given.keys()].filter((name) => template.parameters[name] === undefined);
  if (unknown.length > 0) throw invalid(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  const missing = Object.entries(template.parameters)
    .filter(([name, parameter]) => given.get(name) === undefined && parameter['Default'] === undefined)
    .map(([name]) => name);
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`);
  return Object.fromEntries(
    Object.entries(template.parameters).map(([name, parameter]) => {
      const text = given.get(name) ?? String(parameter['Default']);
      const type = String(parameter['Type']);
      const isList = type === 'CommaDelimitedList' || type.startsWith('List<');
      const items = isList ? text.split(',').map((item) => item.trim()) : [text];
      for (const item of items) check(name, item, parameter);
      return [name, isList ? items : text];
    }),
  );
}

/** Checks each item of a list against the declaration, as AWS does. */
function check(name: string, item: string, parameter: JsonObject): void {
  const problem = problemOf(item, parameter);
  if (problem === undefined) return;
  const told = parameter['ConstraintDescription'];
  throw invalid(
    `Parameter '${name}' ${told === undefined ? problem : `failed to satisfy constraint: ${String(told)}`}`,
  );
}

function problemOf(item: string, parameter: JsonObject): string | undefined {
  const { AllowedValues: allowed, AllowedPattern: pattern } = parameter;
  const limit = (member: string, otherwise: number): number => Number(parameter[member] ?? otherwise);
  if (Array.isArray(allowed) && !allowed.map(String).includes(item)) return 'must be one of AllowedValues';
  if (typeof pattern === 'string' && !new RegExp(`^(?:${pattern})$`).test(item)) return `must match pattern ${pattern}`;
  if (['Number', 'List<Number>'].includes(String(parameter['Type']))) {
    if (!numberPattern.test(item)) return 'must be a number.';
    const [least, most] = [limit('MinValue', Number.NEGATIVE_INFINITY), limit('MaxValue', Number.POSITIVE_INFINITY)];
    if (Number(item) < least) return `must be a number not less than ${least}`;
    if (Number(item) > most) return `must be a number not greater than ${most}`;
  }
  if (parameter['Type'] === 'String') {
    const [least, most] = [limit('MinLength', 0), limit('MaxLength', Number.POSITIVE_INFINITY)];
    if (item.length < least) return `must contain at least ${least} characters`;
    if (item.length > most) return `must contain at most ${most} characters`;
  }
  return undefined;
}
