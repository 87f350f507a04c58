/** Reads the properties of CloudFormation resources, and the text-only values of CloudFormation's own API. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AwsError, type Json, type JsonObject, type ResourceRequest } from '../kernel/contracts';

/** CloudFormation passes a number either as a number or as text. */
export const cfnNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);
/** CloudFormation passes a boolean either as a boolean or as text. */
export const cfnBoolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
/** A property that is accepted and has no effect in the local cloud. */
export const recorded = z.unknown().optional();
export const cfnTags = z.array(z.object({ Key: z.string(), Value: z.string() })).optional();

const required = z.unknown().refine((value) => value !== undefined, 'is required');

/**
 * Parses a resource's properties by its schema. Throws ValidationError, which names the resource and each wrong
 * property.
 */
export function parseProperties<Schema extends z.ZodType>(
  schema: Schema,
  request: Pick<ResourceRequest, 'type' | 'logicalId' | 'properties'>,
): z.output<Schema> {
  const parsed = schema.safeParse(request.properties);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const path = issue.path.join('.') || 'Properties';
    return issue.code === 'unrecognized_keys'
      ? `${path}: unsupported property ${issue.keys.join(', ')}`
      : `${path}: ${issue.message}`;
  });
  throw new AwsError(
    'ValidationError',
    `${request.type} ${request.logicalId}: ${faults.join('; ')}. Correct the template, or add the property to the schema of this type in local/aws.`,
  );
}

/**
 * For types whose values are not checked: only the property names are. `names` holds every property of the type; a
 * name that ends in `!` is required. Throws ValidationError as `parseProperties` does.
 */
export function checkPropertyNames(request: ResourceRequest, names: readonly string[]): void {
  const shape = names.map((name) => (name.endsWith('!') ? [name.slice(0, -1), required] : [name, recorded]));
  parseProperties(z.strictObject(Object.fromEntries(shape)), request);
}

/** A string property, or undefined. CloudFormation turns numbers and booleans into text. */
export function textProperty(properties: JsonObject, name: string): string | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') throw wrongType(name, 'String');
  return String(value);
}

/** A list property; an absent one is empty. */
export function listProperty(properties: JsonObject, name: string): readonly Json[] {
  const value = properties[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(name, 'List');
  return value;
}

/** An object property, or undefined. */
export function objectProperty(properties: JsonObject, name: string): JsonObject | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw wrongType(name, 'Map');
  return value;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The name that CloudFormation generates for an unnamed resource: `<stack>-<logical id>-<suffix>`, at most `limit`
 * characters. The suffix is random because a replacement exists beside the resource that it replaces.
 */
export function generatedName(request: Pick<ResourceRequest, 'stackName' | 'logicalId'>, limit = 64): string {
  const suffix = randomBytes(6).toString('hex').toUpperCase();
  const room = limit - suffix.length - 2;
  const logicalId = request.logicalId.slice(0, Math.max(room - request.stackName.length, Math.floor(room / 2)));
  const stack = request.stackName.slice(0, room - logicalId.length);
  return `${stack}-${logicalId}-${suffix}`;
}

function wrongType(name: string, type: string): AwsError {
  return new AwsError('ValidationError', `Value of property ${name} must be of type ${type}`);
}
