import fc from 'fast-check';
import { text } from './fuzz';

type Declaration = Readonly<Record<string, unknown>>;

/** Valid names, invalid names, and names that every JavaScript object has. */
export const oddName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('A', 'B') },
  { weight: 1, arbitrary: fc.constantFrom('constructor', 'toString', '__proto__', 'a-b', 'a.b', 'ä') },
);

const words = ['a', 'ab', 'abc', '1', '-2.5', '7', '1,2', ' a , b ', '', 'x,y', '1e3', 'NaN', '0x10', 'true'];
export const parameterValue = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: text.map((value) => value.toWellFormed()) },
);

const bound = fc.oneof(fc.integer({ min: -1, max: 8 }), fc.integer({ min: 0, max: 8 }).map(String));
const whole = fc.record(
  {
    Type: fc.constantFrom('String', 'String', 'Number', 'CommaDelimitedList', 'List<Number>'),
    Default: fc.constantFrom(...words, 3, true),
    NoEcho: fc.constantFrom(true, false, 'true', 'false'),
    AllowedValues: fc.subarray([...words, 3], { minLength: 1 }),
    AllowedPattern: fc.constantFrom('[a-c]*', '\\d+', '.*'),
    MinLength: bound,
    MaxLength: bound,
    MinValue: bound,
    MaxValue: bound,
    Description: text,
  },
  { requiredKeys: ['Type'] },
);
const plain = fc.record({
  Type: fc.constantFrom('String', 'Number', 'CommaDelimitedList'),
  Default: fc.constantFrom('1', '7'),
  NoEcho: fc.constantFrom(true, false),
});
/** A declaration with a member of the wrong type, or with an unknown member. */
const spoiled = fc
  .tuple(
    plain,
    fc.oneof(
      fc.constantFrom(['AllowedPattern', '('], ['AllowedPattern', '[z-a]'], ['Type', 'Strang'], ['Unknown', 1]),
      fc.constantFrom(['NoEcho', 'perhaps'], ['MinLength', 'x'], ['MaxValue', {}], ['AllowedValues', 'a']),
      fc.tuple(fc.constantFrom('Default', 'Type', 'NoEcho', 'AllowedPattern'), fc.jsonValue({ maxDepth: 1 })),
    ),
  )
  .map(([declaration, [name, value]]) => ({ ...declaration, [String(name)]: value }));

export const declaration: fc.Arbitrary<Declaration> = fc.oneof(
  { weight: 4, arbitrary: plain },
  { weight: 6, arbitrary: whole },
  { weight: 2, arbitrary: spoiled },
);

/** CloudFormation user guide, "Parameters": the rules for a value of a declared parameter. */
export function isWithinBounds(about: Declaration, value: string): boolean {
  const type = String(about['Type']);
  const items = type === 'String' || type === 'Number' ? [value] : value.split(',').map((item) => item.trim());
  const numbers = type.includes('Number') ? items.map((item) => (item === '' ? Number.NaN : Number(item))) : [];
  const limit = (name: string, otherwise: number) => (about[name] === undefined ? otherwise : Number(about[name]));
  const allowed = about['AllowedValues'] as readonly unknown[] | undefined;
  return (
    numbers.every((number) => Number.isFinite(number)) &&
    (!Array.isArray(allowed) || items.every((item) => allowed.map(String).includes(item))) &&
    (type !== 'String' || (value.length >= limit('MinLength', 0) && value.length <= limit('MaxLength', Infinity))) &&
    (type !== 'Number' ||
      numbers.every((number) => number >= limit('MinValue', -Infinity) && number <= limit('MaxValue', Infinity)))
  );
}
