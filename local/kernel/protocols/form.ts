import { AwsError, type Json, type JsonObject } from '../contracts';

/** The inputs of all operations here are far less deep. */
const maxDepth = 64;

/**
 * Parses a query-protocol body into an operation's input: `Tags.member.1.Key=a` → `{Tags: [{Key: 'a'}]}`,
 * `Attributes.entry.1.key=k&…value=v` → `{Attributes: {k: 'v'}}`, and ec2Query's bare numbers (`Filter.1.Name`) →
 * lists. Every scalar is a string.
 */
export function parseForm(body: string): JsonObject {
  const root: JsonObject = Object.create(null);
  for (const [name, value] of new URLSearchParams(body)) {
    const path = name.split('.');
    if (path.length > maxDepth)
      throw new AwsError('MalformedQueryString', `A parameter name has more than ${maxDepth} parts.`);
    setAtPath(root, path, value);
  }
  return toInput(root) as JsonObject;
}

/** A list member of a parsed form; the SDKs send an empty list as an empty string. */
export function formList(input: JsonObject, name: string): readonly Json[] {
  const value = input[name];
  if (value === undefined || value === null || value === '') return [];
  if (Array.isArray(value)) return value;
  throw new AwsError('MalformedQueryString', `${name} is not a list.`);
}

function setAtPath(parent: JsonObject, path: readonly string[], value: string): void {
  const [head = '', ...rest] = path;
  if (rest.length === 0) {
    parent[head] = value;
    return;
  }
  const existing = parent[head];
  const child: JsonObject = isObject(existing) ? existing : Object.create(null);
  parent[head] = child;
  setAtPath(child, rest, value);
}

function toInput(value: Json): Json {
  if (!isObject(value)) return value;
  const names = Object.keys(value);
  if (names.length === 1 && isObject(value['member'])) return toInput(value['member']);
  if (names.length === 1 && isObject(value['entry'])) return toMap(value['entry']);
  if (names.length > 0 && names.every((name) => /^\d+$/.test(name))) {
    return names.sort((a, b) => Number(a) - Number(b)).map((name) => toInput(value[name] ?? null));
  }
  return Object.fromEntries(names.map((name) => [name, toInput(value[name] ?? null)]));
}

function toMap(entries: JsonObject): JsonObject {
  const pairs = Object.values(entries).filter(isObject);
  return Object.fromEntries(
    pairs.map((pair) => [String(pair['key'] ?? pair['Name']), toInput(pair['value'] ?? pair['Value'] ?? null)]),
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
