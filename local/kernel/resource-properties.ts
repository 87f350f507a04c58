import { randomBytes } from 'node:crypto';
import { AwsError, type Json, type JsonObject, type ResourceRequest } from './contracts';

/**
 * Throws what CloudFormation says for a property that the type does not have, or that is missing.
 * `known` holds every property name of the type; those that end in `!` are required.
 */
export function checkProperties(request: Pick<ResourceRequest, 'type' | 'properties'>, known: readonly string[]): void {
  const names = new Set(known.map((name) => name.replace(/!$/, '')));
  const extraneous = Object.keys(request.properties).filter((name) => !names.has(name));
  if (extraneous.length > 0) {
    throw invalid(`Encountered unsupported property ${extraneous.join(', ')} in ${request.type}`);
  }
  const missing = known
    .filter((name) => name.endsWith('!'))
    .map((name) => name.slice(0, -1))
    .filter((name) => request.properties[name] === undefined);
  if (missing.length > 0) throw invalid(`Property ${missing.join(', ')} cannot be empty (${request.type}).`);
}

/** A string property, or undefined. Numbers and booleans become text, as CloudFormation lets them. */
export function textProperty(properties: JsonObject, name: string): string | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object') throw invalid(`Value of property ${name} must be of type String`);
  return String(value);
}

/** A list property; an absent one is empty. */
export function listProperty(properties: JsonObject, name: string): readonly Json[] {
  const value = properties[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`Value of property ${name} must be of type List`);
  return value;
}

/** An object property, or undefined. */
export function objectProperty(properties: JsonObject, name: string): JsonObject | undefined {
  const value = properties[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw invalid(`Value of property ${name} must be an object`);
  return value;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * CloudFormation's name for a resource that the template leaves unnamed: `<stack>-<logical id>-<suffix>`, cut to `limit` characters.
 * The suffix is random: a replacement must not collide with what it replaces.
 */
export function generatedName(request: Pick<ResourceRequest, 'stackName' | 'logicalId'>, limit = 64): string {
  const suffix = randomBytes(6).toString('hex').toUpperCase();
  const room = limit - suffix.length - 2;
  const logicalId = request.logicalId.slice(0, Math.max(room - request.stackName.length, Math.floor(room / 2)));
  const stack = request.stackName.slice(0, room - logicalId.length);
  return `${stack}-${logicalId}-${suffix}`;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
