import type { Json, JsonObject } from '../../kernel/contracts';
import { isJsonObject } from '../cfn-values';
import { cidrBlocks } from './cidr';
import { formatError, invalid } from './validation-error';

/** The values that intrinsic functions can refer to. */
export interface Scope {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly mappings: Readonly<Record<string, Json>>;
  /** Already evaluated. */
  readonly conditions: Readonly<Record<string, boolean>>;
  /** Pseudo parameters such as `AWS::Region`; the resolver handles AWS::NoValue itself. */
  readonly pseudo: Readonly<Record<string, Json>>;
  readonly availabilityZones: readonly string[];
  /** `Ref` of a resource: its physical id. Throws when it has none. */
  ref(logicalId: string): string;
  getAtt(logicalId: string, attribute: string): string;
  importValue(name: string): string;
}

/** The value of `Ref: AWS::NoValue`: the member or item that has it is removed. */
const noValue = Symbol('AWS::NoValue');
type Resolved = Json | typeof noValue;

/** The value with its intrinsic functions resolved. Throws ValidationError that names the function. */
export function resolve(value: Json, scope: Scope): Json {
  const resolved = walk(value, scope);
  return resolved === noValue ? null : resolved;
}

/** Evaluates every condition of a template. Conditions may refer to each other in any order. */
export function evaluateConditions(
  definitions: Readonly<Record<string, Json>>,
  scope: Omit<Scope, 'conditions'>,
): Readonly<Record<string, boolean>> {
  const values: Record<string, boolean> = Object.create(null);
  const evaluate = (name: string, chain: readonly string[]): boolean => {
    const known = values[name];
    if (known !== undefined) return known;
    const definition = definitions[name];
    if (definition === undefined) throw formatError(`Unresolved condition dependency ${name} in the Conditions block`);
    if (chain.includes(name)) throw formatError(`Circular condition dependency: ${[...chain, name].join(' -> ')}`);
    const lazy = new Proxy({}, { get: (_target, other) => evaluate(String(other), [...chain, name]) });
    const result = truth(walk(definition, { ...scope, conditions: lazy }), name);
    values[name] = result;
    return result;
  };
  for (const name of Object.keys(definitions)) evaluate(name, []);
  return values;
}

function walk(value: Json, scope: Scope): Resolved {
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw invalid(`The local cloud does not support dynamic references: ${value}`);
  }
  if (Array.isArray(value)) return value.map((item) => walk(item, scope)).filter((item) => item !== noValue);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value);
  const [name = ''] = names;
  if (names.length === 1 && (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))) {
    const argument = value[name] ?? null;
    // `Condition: {StringEquals: …}` of a policy statement is not an intrinsic function.
    if (name !== 'Condition' || typeof argument === 'string') return call(name, argument, scope);
  }
  const members: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const resolved = walk(member ?? null, scope);
    if (resolved !== noValue) members[key] = resolved;
  }
  return members;
}

function call(name: string, argument: Json, scope: Scope): Resolved {
  switch (name) {
    case 'Ref':
      return reference(text(argument, name), scope);
    case 'Condition':
      return condition(text(argument, name), scope);
    case 'Fn::GetAtt':
      return getAtt(argument, scope);
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::If': {
      const [test, then = null, otherwise = null] = listOf(argument, name, 3);
      return walk(condition(text(test ?? null, name), scope) ? then : otherwise, scope);
    }
    case 'Fn::And':
      return operands(argument, name, scope).every(Boolean);
    case 'Fn::Or':
      return operands(argument, name, scope).some(Boolean);
    case 'Fn::Not':
      return !operands(argument, name, scope)[0];
    default:
      return eager(name, strict(argument, scope), scope);
  }
}

/** The functions whose arguments are resolved first. */
function eager(name: string, argument: Json, scope: Scope): Json {
  switch (name) {
    case 'Fn::Join': {
      const [separator = null, items = null] = listOf(argument, name, 2);
      return listOf(items, name)
        .map((item) => text(item, name))
        .join(text(separator, name));
    }
    case 'Fn::Split': {
      const [separator = null, source = null] = listOf(argument, name, 2);
      return text(source, name).split(text(separator, name));
    }
    case 'Fn::Select': {
      const [index = null, items = null] = listOf(argument, name, 2);
      const item = listOf(items, name)[Number(index)];
      if (item === undefined || item === null) {
        throw formatError(`Fn::Select cannot select nonexistent value at index ${String(index)}`);
      }
      return item;
    }
    case 'Fn::Equals': {
      const [left = null, right = null] = listOf(argument, name, 2);
      return canonical(left) === canonical(right);
    }
    case 'Fn::FindInMap': {
      const [map, first, second] = listOf(argument, name).map((part) => text(part, name));
      return findInMap(scope.mappings, map ?? '', first ?? '', second ?? '');
    }
    case 'Fn::Base64':
      return Buffer.from(text(argument, name)).toString('base64');
    case 'Fn::GetAZs':
      return [...scope.availabilityZones];
    case 'Fn::Cidr': {
      const [block = null, count = null, bits = 8] = listOf(argument, name);
      return cidrBlocks(text(block, name), Number(count), Number(bits));
    }
    case 'Fn::ImportValue':
      return scope.importValue(text(argument, name));
    default:
      throw formatError(`The local cloud does not support the function ${name}.`);
  }
}

function reference(name: string, scope: Scope): Resolved {
  if (name === 'AWS::NoValue') return noValue;
  const value = own(scope.pseudo, name) ?? own(scope.parameters, name);
  return value !== undefined ? value : scope.ref(name);
}

function getAtt(argument: Json, scope: Scope): string {
  const parts = typeof argument === 'string' ? argument.split('.') : listOf(strict(argument, scope), 'Fn::GetAtt');
  const [logicalId, ...attribute] = parts.map((part) => text(part, 'Fn::GetAtt'));
  return scope.getAtt(logicalId ?? '', attribute.join('.'));
}

function substitute(argument: Json, scope: Scope): string {
  const [template = null, variables = {}] = Array.isArray(argument) ? argument : [argument];
  const named = strict(variables, scope);
  return text(template, 'Fn::Sub').replace(/\$\{([^}]*)\}/g, (_match, inner: string) => {
    if (inner.startsWith('!')) return `\${${inner.slice(1)}}`;
    const name = inner.trim();
    if (isJsonObject(named) && own(named, name) !== undefined) return text(named[name] ?? null, 'Fn::Sub');
    if (name.startsWith('AWS::') || !name.includes('.')) {
      const value = reference(name, scope);
      return text(value === noValue ? '' : value, 'Fn::Sub');
    }
    return getAtt(name, scope);
  });
}

function findInMap(mappings: Readonly<Record<string, Json>>, map: string, first: string, second: string): Json {
  const level = own(mappings, map);
  const row = isJsonObject(level) ? own(level, first) : undefined;
  const value = isJsonObject(row) ? own(row, second) : undefined;
  if (value !== undefined) return value;
  throw formatError(`Unable to get mapping for ${map}::${first}::${second}`);
}

/** An own member by a name of the template; an inherited one (`constructor`) does not count. */
function own<Value>(of: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

function operands(argument: Json, name: string, scope: Scope): readonly boolean[] {
  return listOf(argument, name).map((operand) => truth(walk(operand, scope), name));
}

function condition(name: string, scope: Scope): boolean {
  const value = scope.conditions[name];
  if (value !== undefined) return value;
  throw formatError(`Unresolved condition ${name}`);
}

function truth(value: Resolved, name: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw formatError(`Every operand of ${name} must be a boolean.`);
}

function strict(value: Json, scope: Scope): Json {
  const resolved = walk(value, scope);
  if (resolved === noValue) throw formatError('AWS::NoValue cannot be an argument of a function.');
  return resolved;
}

function listOf(value: Json, name: string, length?: number): readonly Json[] {
  if (Array.isArray(value) && (length === undefined || value.length === length)) return value;
  throw formatError(`${name} object requires a list argument${length === undefined ? '' : ` of ${length}`}.`);
}

function text(value: Json, name: string): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw formatError(`${name} object requires string arguments, not ${JSON.stringify(value)}.`);
}

function canonical(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
