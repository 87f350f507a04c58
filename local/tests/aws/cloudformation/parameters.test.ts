import { describeStack } from '../../../aws/cloudformation/describe';
import { resolveParameters } from '../../../aws/cloudformation/parameters';
import type { Stack } from '../../../aws/cloudformation/stack';
import { parseTemplate } from '../../../aws/cloudformation/template';
import type { Json, JsonObject } from '../../../kernel/contracts';

const templateWith = (Parameters: JsonObject) =>
  parseTemplate(JSON.stringify({ Parameters, Resources: { Q: { Type: 'AWS::SQS::Queue' } } }));
const resolved = (declaration: JsonObject, given?: string) =>
  resolveParameters(templateWith({ P: declaration }), new Map(given === undefined ? [] : [['P', given]]))['P'];

describe('a value of a parameter', () => {
  it.each<[string, JsonObject, string | undefined, Json]>([
    ['a text', { Type: 'String' }, 'a,b', 'a,b'],
    ['the default', { Type: 'Number', Default: 3 }, undefined, '3'],
    ['a list', { Type: 'CommaDelimitedList' }, 'a, b', ['a', 'b']],
    ['allowed items', { Type: 'CommaDelimitedList', AllowedValues: ['a', 'b'] }, 'b,a', ['b', 'a']],
    ['numbers within bounds', { Type: 'List<Number>', MinValue: -1, MaxValue: '9' }, '-1, 9', ['-1', '9']],
    ['a text of the right length', { Type: 'String', MinLength: '2', MaxLength: 2 }, 'ab', 'ab'],
  ])('is %s', (_name, declaration, given, expected) => {
    expect(resolved(declaration, given)).toEqual(expected);
  });

  it.each<[string, JsonObject, string, string]>([
    ['empty for a number', { Type: 'Number' }, '', 'must be a number.'],
    ['hexadecimal', { Type: 'Number' }, '0x10', 'must be a number.'],
    ['a list with an item that is not a number', { Type: 'List<Number>' }, '1,x', 'must be a number.'],
    ['too small', { Type: 'Number', MinValue: 2 }, '1', 'must be a number not less than 2'],
    ['too great', { Type: 'Number', MaxValue: '2' }, '3', 'must be a number not greater than 2'],
    ['too short', { Type: 'String', MinLength: 2 }, 'a', 'must contain at least 2 characters'],
    ['too long', { Type: 'String', MaxLength: 2 }, 'abc', 'must contain at most 2 characters'],
    ['another item', { Type: 'CommaDelimitedList', AllowedValues: ['a'] }, 'a,b', 'must be one of AllowedValues'],
    ['of another form', { Type: 'String', AllowedPattern: 'a|b' }, 'ab', 'must match pattern a|b'],
    [
      'explained by the template',
      { Type: 'String', MaxLength: 1, ConstraintDescription: 'one letter' },
      'ab',
      'failed to satisfy constraint: one letter',
    ],
  ])('is refused when it is %s', (_name, declaration, given, problem) => {
    expect(() => resolved(declaration, given)).toThrow(`Parameter 'P' ${problem}`);
  });

  it('needs a declared parameter; a name that every object has is not enough', () => {
    const template = templateWith({ P: { Type: 'String', Default: '' } });
    for (const value of ['x', undefined])
      expect(() => resolveParameters(template, new Map([['constructor', value]]))).toThrow(
        'Parameters: [constructor] do not exist in the template',
      );
    const own = templateWith({ constructor: { Type: 'String' } });
    expect(() => resolveParameters(own, new Map())).toThrow('Parameters: [constructor] must have values');
  });

  it.each([true, 'true'])('is not returned when its declaration has NoEcho %p', (NoEcho) => {
    const template = templateWith({ P: { Type: 'String', NoEcho }, Q: { Type: 'String', NoEcho: 'false' } });
    const parameters = resolveParameters(
      template,
      new Map([
        ['P', 'secret'],
        ['Q', 'open'],
      ]),
    );
    const stack: Partial<Stack> = { deployment: { template, parameters, tags: {} }, outputs: [] };
    expect(describeStack(stack as Stack)['Parameters']).toEqual([
      { ParameterKey: 'P', ParameterValue: '****' },
      { ParameterKey: 'Q', ParameterValue: 'open' },
    ]);
  });
});

describe('a declaration', () => {
  it.each<[string, JsonObject, string]>([
    ['a type that is not known', { P: { Type: 'Text' } }, '[/Parameters/P/Type] must be a parameter type'],
    ['no type', { P: { Default: 'a' } }, '[/Parameters/P] Every Parameters object must contain a Type member.'],
    ['a list as its default', { P: { Type: 'String', Default: [] } }, '[/Parameters/P/Default] must be a string.'],
    ['an invalid pattern', { P: { Type: 'String', AllowedPattern: '(' } }, '/AllowedPattern] must be a regular'],
    ['an invalid length', { P: { Type: 'String', MinLength: -1 } }, '/MinLength] must be a whole number.'],
    ['a NoEcho that is neither true nor false', { P: { Type: 'String', NoEcho: 'no' } }, '/NoEcho] must be a boolean.'],
    ['an unknown member', { P: { Type: 'String', toString: 'x' } }, "property 'toString' in P"],
    ['a name with a dash', { 'a-b': { Type: 'String' } }, 'Parameter name a-b is non alphanumeric.'],
  ])('is refused with %s', (_name, parameters, problem) => {
    expect(() => templateWith(parameters)).toThrow(problem);
  });
});

it('refuses a template that is nested too deeply', () => {
  const deep = (levels: number) =>
    `{"Resources":{"Q":{"Type":"x","Metadata":${'['.repeat(levels)}${']'.repeat(levels)}}}}`;
  expect(() => parseTemplate(deep(100_000))).toThrow('nested deeper than 300 levels');
  expect(parseTemplate(deep(200)).resources.size).toBe(1);
});
