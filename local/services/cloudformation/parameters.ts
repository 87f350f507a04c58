import type { Json } from '../../kernel/contracts';
import { formatError, invalid, type Template } from './template';

const types = new Set(['String', 'Number', 'CommaDelimitedList', 'List<Number>', 'List<String>']);

/** The parameters' values: given ones, then previous ones where the caller says so, then defaults. Throws ValidationError. */
export function resolveParameters(
  template: Template,
  given: ReadonlyMap<string, string>,
): Readonly<Record<string, Json>> {
  for (const name of given.keys()) {
    if (template.parameters[name] === undefined) {
      throw invalid(`Parameters: [${name}] do not exist in the template`);
    }
  }
  const missing = Object.entries(template.parameters)
    .filter(([name, parameter]) => !given.has(name) && parameter['Default'] === undefined)
    .map(([name]) => name);
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`);
  return Object.fromEntries(
    Object.entries(template.parameters).map(([name, parameter]) => {
      const type = String(parameter['Type']);
      const list = type === 'CommaDelimitedList' || type.startsWith('List<');
      if (!types.has(type) && !/^(List<)?AWS::EC2::[\w:]+>?$/.test(type)) {
        throw formatError(`The local cloud does not know the parameter type ${type} (${name}).`);
      }
      const text = given.get(name) ?? String(parameter['Default']);
      check(name, text, parameter);
      return [name, list ? text.split(',').map((item) => item.trim()) : text];
    }),
  );
}

function check(name: string, text: string, parameter: Readonly<Record<string, Json | undefined>>): void {
  const allowed = parameter['AllowedValues'];
  if (Array.isArray(allowed) && !allowed.map(String).includes(text)) {
    throw invalid(`Parameter '${name}' must be one of AllowedValues`);
  }
  const pattern = parameter['AllowedPattern'];
  if (typeof pattern === 'string' && !new RegExp(`^(?:${pattern})$`).test(text)) {
    throw invalid(`Parameter '${name}' must match pattern ${pattern}`);
  }
  if (parameter['Type'] === 'Number' && !Number.isFinite(Number(text))) {
    throw invalid(`Parameter '${name}' must be a number.`);
  }
}
