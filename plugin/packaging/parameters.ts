import { nearest } from '../../params/nearest';
import { loginErrors, loginWarnings, type Values } from './login-parameters';

/** One entry of params/schema.yml. */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'boolean' | 'list';
  readonly allowed?: readonly (string | number)[];
  /** A regular expression that the whole value, or each item of a list, matches. */
  readonly pattern?: string;
  /** What `pattern` means, in words and with an example. Every `pattern` has it. */
  readonly expected?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minimumItems?: number;
  readonly maximumItems?: number;
  readonly unit?: string;
  /** `''` means "not used". */
  readonly empty?: boolean;
  readonly requires?: readonly string[];
  /** Set by the stage; users cannot give it. */
  readonly internal?: boolean;
  /** Stage local's value, before the framework resolves it. */
  readonly local?: unknown;
  readonly description: string;
}

export type Schema = Readonly<Record<string, Parameter>>;

export interface Verdict {
  /** A sentence for each error: the parameter, its allowed values, and a suggestion. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Validates the parameters of the command line (`name=value`) and of the stage's configuration against the schema. The
 * framework itself accepts unknown names silently and turns every value into text.
 */
export function checkParameters(schema: Schema, given: readonly string[], configured: Values): Verdict {
  const { values, errors } = readGiven(schema, given);
  const effective = { ...configured, ...values };
  const bad = new Set<string>();
  for (const [name, value] of Object.entries(effective)) {
    const parameter = schema[name];
    const wrong = parameter && valueError(name, parameter, value);
    if (wrong) {
      errors.push(`${wrong}${origin(parameter)}`);
      bad.add(name);
    }
  }
  for (const [name, parameter] of Object.entries(schema)) {
    if (isUnset(effective[name]) || parameter.empty !== true) continue;
    for (const other of parameter.requires ?? []) {
      if (isUnset(effective[other])) errors.push(`Parameter "${name}" needs "${other}" too: add --param="${other}=…".`);
    }
  }
  for (const [least, most] of [
    ['minTasks', 'maxTasks'],
    ['gatewayMinTasks', 'gatewayMaxTasks'],
  ] as const) {
    if (bad.has(least) || bad.has(most) || Number(effective[least]) <= Number(effective[most])) continue;
    errors.push(`Parameter "${most}" (${effective[most]}) must be at least "${least}" (${effective[least]}).`);
  }
  if (['vpcId', 'publicCidr'].every((name) => !isUnset(effective[name])) && isUnset(effective['publicSubnetIds'])) {
    errors.push(
      'Parameter "publicCidr" needs "publicSubnetIds" too in an existing VPC: add --param="publicSubnetIds=…" with two or more of its public subnets.',
    );
  }
  errors.push(...loginErrors(effective));
  return { errors: [...new Set(errors)], warnings: [...warningsOf(effective), ...loginWarnings(effective)] };
}

/** What is wrong with `availabilityZones` in this region; undefined when nothing is. */
export function zonesError(zones: string, region: string): string | undefined {
  const foreign = zones
    .split(',')
    .map((zone) => zone.trim())
    .filter((zone) => zone !== '' && zone.slice(0, -1) !== region);
  if (foreign.length === 0) return undefined;
  return `Parameter "availabilityZones" has ${foreign.join(', ')}, which is not in ${region}, the stack's region.`;
}

function readGiven(schema: Schema, given: readonly string[]): { values: Record<string, string>; errors: string[] } {
  const values: Record<string, string> = {};
  const errors: string[] = [];
  for (const item of given) {
    const split = item.indexOf('=');
    const name = split === -1 ? item : item.slice(0, split);
    if (!(name in schema)) {
      errors.push(`There is no parameter "${name}".${suggestion(name, schema)}`);
    } else if (split === -1) {
      errors.push(`Parameter "${name}" has no value: write --param="${name}=…".`);
    } else if (schema[name]?.internal === true) {
      errors.push(`Parameter "${name}" belongs to the stage and cannot be given: leave --param="${name}=…" out.`);
    } else values[name] = item.slice(split + 1);
  }
  return { values, errors };
}

function valueError(name: string, parameter: Parameter, value: unknown): string | undefined {
  const text = String(value ?? '');
  if (text === '' && parameter.empty) return undefined;
  if (parameter.type === 'integer') return integerError(name, parameter, text);
  if (parameter.type === 'boolean') {
    return text === 'true' || text === 'false' ? undefined : refusal(name, text, 'true or false');
  }
  if (parameter.allowed) return allowedError(name, parameter.allowed, text);
  const items = parameter.type === 'list' ? text.split(',').map((part) => part.trim()) : [text];
  const { minimumItems = 1, maximumItems = Number.POSITIVE_INFINITY } = parameter;
  if (items.length < minimumItems || items.length > maximumItems) {
    const range =
      maximumItems === Number.POSITIVE_INFINITY ? `${minimumItems} or more` : `${minimumItems} to ${maximumItems}`;
    return refusal(name, text, `${range} values, comma separated`);
  }
  const twice = items.find((item, index) => items.indexOf(item) < index);
  if (twice !== undefined) return `Parameter "${name}" has "${twice}" twice.`;
  if (parameter.pattern === undefined) return undefined;
  const pattern = new RegExp(`^(?:${parameter.pattern})$`);
  const wrong = items.find((part) => !pattern.test(part));
  if (wrong === undefined) return rangeError(name, text);
  return `${refusal(name, wrong, parameter.expected ?? 'of another form')} ${firstSentence(parameter.description)}`;
}

function integerError(name: string, parameter: Parameter, text: string): string | undefined {
  const unit = parameter.unit ? ` ${parameter.unit}` : '';
  if (parameter.allowed) return allowedError(name, parameter.allowed, text, unit);
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = parameter;
  // CloudFormation gets the text, and not all of its services accept a sign, leading zeros or spaces.
  const isGood = /^(?:0|-?[1-9]\d*)$/.test(text) && Number(text) >= minimum && Number(text) <= maximum;
  if (isGood) return undefined;
  const range = parameter.minimum === undefined ? 'a whole number' : `a whole number from ${minimum} to ${maximum}`;
  return refusal(name, text, `${range}${unit}`);
}

function allowedError(
  name: string,
  allowed: readonly (string | number)[],
  text: string,
  unit = '',
): string | undefined {
  if (allowed.some((value) => String(value) === text)) return undefined;
  const near = nearest(text, allowed.map(String));
  return `${refusal(name, text, `one of ${allowed.join(', ')}${unit}`)}${near ? ` Did you mean "${near}"?` : ''}`;
}

/** An IPv4 range whose numbers are in range; the pattern only counts digits. */
function rangeError(name: string, text: string): string | undefined {
  const cidr = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  if (!cidr) return undefined;
  const [bytes, prefix] = [cidr.slice(1, 5).map(Number), Number(cidr[5])];
  const isGood = bytes.every((byte) => byte <= 255) && prefix <= 32 && !/(?:^|[./])0\d/.test(text);
  return isGood ? undefined : refusal(name, text, 'an IPv4 range such as 203.0.113.0/24');
}

function warningsOf(values: Values): readonly string[] {
  const warnings: string[] = [];
  if (!isUnset(values['publicCidr']) && isUnset(values['certificateArn'])) {
    warnings.push(
      `publicCidr=${values['publicCidr']} without certificateArn: the public load balancer answers plain HTTP, readable on the way. Add certificateArn and domainName for HTTPS.`,
    );
  }
  if (values['publicCidr'] === '0.0.0.0/0')
    warnings.push('publicCidr=0.0.0.0/0 lets the whole internet reach the service.');
  return warnings;
}

function refusal(name: string, value: string, expected: string): string {
  const shown = JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value);
  return `Parameter "${name}" is ${shown} but must be ${expected}.`;
}

/** A hint when the stage's value comes from an environment variable. */
function origin(parameter: Parameter): string {
  const variable = parameter.internal && /\$\{env:(\w+)/.exec(String(parameter.local))?.[1];
  return variable
    ? ` It comes from the environment variable ${variable}: give that another value, or leave it out.`
    : '';
}

function suggestion(name: string, schema: Schema): string {
  const names = Object.keys(schema).filter((known) => schema[known]?.internal !== true);
  const near = nearest(name, names);
  return near ? ` Did you mean "${near}"?` : ` There are: ${names.join(', ')}.`;
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function firstSentence(text: string): string {
  return /^.*?[.:;](?=\s|$)/.exec(text)?.[0].replace(/[:;]$/, '.') ?? text;
}
