import type { NormalizedSchema } from '@smithy/core/schema';

/** A member that breaks the model, with its name in the form that AWS uses: `vpcConfiguration.subnetIds`. */
export interface Problem {
  readonly name: string;
  readonly message: string;
}

/** The problems of a value: a wrong type, unknown members, missing members. */
export function checkValue(path: string, schema: NormalizedSchema, value: unknown): Problem[] {
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) return [{ name: path, message: 'Member must be a list' }];
    return value.flatMap((item: unknown, index) =>
      checkValue(`${path}.${index + 1}.member`, schema.getValueSchema(), item),
    );
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) return [{ name: path, message: 'Member must be a map' }];
    return Object.entries(value).flatMap(([key, item]) => checkValue(`${path}.${key}`, schema.getValueSchema(), item));
  }
  if (schema.isStructSchema()) {
    if (!isObject(value)) return [{ name: path, message: 'Member must be a structure' }];
    const members = schema.getMemberSchemas();
    const missing = requiredMembers(schema).filter((name) => value[name] === undefined || value[name] === null);
    return [
      ...missing.map((name) => ({ name: `${path}.${name}`, message: 'Member must not be null' })),
      ...Object.entries(value).flatMap(([name, item]) => {
        const member = members[name];
        if (!member) return [{ name: `${path}.${name}`, message: `Unknown field "${name}"` }];
        return item === null ? [] : checkValue(`${path}.${name}`, member, item);
      }),
    ];
  }
  if (schema.isNumericSchema())
    return typeof value === 'number' ? [] : [{ name: path, message: 'Member must be a number' }];
  if (schema.isBooleanSchema())
    return typeof value === 'boolean' ? [] : [{ name: path, message: 'Member must be a boolean' }];
  return typeof value === 'string' ? [] : [{ name: path, message: 'Member must be a string' }];
}

/**
 * In a structure's static schema `[3, namespace, name, traits, names, members, n]` the first n members are required.
 */
export function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const raw = schema.getSchema();
  if (!Array.isArray(raw)) return [];
  const names = raw[4];
  const count = raw[6];
  return Array.isArray(names) && typeof count === 'number' ? (names.slice(0, count) as string[]) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
