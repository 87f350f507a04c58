import type { Json, JsonObject } from '../../kernel/contracts';
import { formatError, invalid } from './validation-error';

type Declarations = Readonly<Record<string, JsonObject>>;

const maxParameters = 200;
const types = new Set(['String', 'Number', 'CommaDelimitedList', 'List<Number>', 'List<String>']);
const isScalar = (value: Json): boolean => ['string', 'number', 'boolean'].includes(typeof value);
const isWhole = (value: Json): boolean => isScalar(value) && /^\d+$/.test(String(value));
const isNumber = (value: Json): boolean => isScalar(value) && numberPattern.test(String(value));
const isText = (value: Json): boolean => typeof value === 'string';

/** The numbers that CloudFormation accepts: Java's syntax without hexadecimal. */
export const numberPattern = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The type of each member of a declaration. Source: CloudFormation user guide, "Parameters". */
const members: Readonly<Record<string, readonly [isGood: (value: Json) => boolean, expected: string]>> = {
  Type: [(value) => typeof value === 'string' && isType(value), 'a parameter type that the local cloud knows'],
  Default: [isScalar, 'a string'],
  Description: [isText, 'a string'],
  ConstraintDescription: [isText, 'a string'],
  NoEcho: [(value) => isScalar(value) && /^(true|false)$/.test(String(value)), 'a boolean'],
  AllowedValues: [(value) => Array.isArray(value) && value.every(isScalar), 'a list of strings'],
  AllowedPattern: [(value) => typeof value === 'string' && isPattern(value), 'a regular expression'],
  MinLength: [isWhole, 'a whole number'],
  MaxLength: [isWhole, 'a whole number'],
  MinValue: [isNumber, 'a number'],
  MaxValue: [isNumber, 'a number'],
};

/** Validates the declarations. Throws ValidationError, which names the parameter and the member. */
export function checkDeclarations(declarations: Declarations): Declarations {
  const names = Object.keys(declarations);
  if (names.length > maxParameters) {
    throw formatError(`Number of parameters, ${names.length}, is greater than maximum allowed, ${maxParameters}`);
  }
  for (const [name, declaration] of Object.entries(declarations)) {
    if (!/^[A-Za-z0-9]{1,255}$/.test(name)) throw formatError(`Parameter name ${name} is non alphanumeric.`);
    if (declaration['Type'] === undefined) {
      throw formatError(`[/Parameters/${name}] Every Parameters object must contain a Type member.`);
    }
    for (const [member, value = null] of Object.entries(declaration)) {
      if (!Object.hasOwn(members, member)) {
        throw invalid(`Invalid template parameter property '${member}' in ${name}`);
      }
      const [isGood, expected] = members[member] ?? [isScalar, 'a string'];
      if (!isGood(value)) throw formatError(`[/Parameters/${name}/${member}] must be ${expected}.`);
    }
  }
  return declarations;
}

/** Whether the parameter's value is hidden (`NoEcho`). */
export function isSecret(declaration: JsonObject | undefined): boolean {
  return String(declaration?.['NoEcho']) === 'true';
}

function isType(type: string): boolean {
  return types.has(type) || /^(List<)?AWS::EC2::[\w:]+>?$/.test(type);
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}
