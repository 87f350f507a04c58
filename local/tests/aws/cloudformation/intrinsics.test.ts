import { evaluateConditions, resolve, type Scope } from '../../../aws/cloudformation/intrinsics';
import type { Json } from '../../../kernel/contracts';

const scope: Scope = {
  parameters: { Name: 'orders', Zones: ['a', 'b'] },
  mappings: { Sizes: { small: { cpu: '256' } } },
  conditions: { Yes: true, No: false },
  pseudo: { 'AWS::Region': 'eu-west-1', 'AWS::AccountId': '123456789012' },
  availabilityZones: ['eu-west-1a', 'eu-west-1b'],
  ref: (id) => {
    if (id === 'Bucket') return 'bucket-1';
    throw new Error(`no ${id}`);
  },
  getAtt: (id, attribute) => `${id}/${attribute}`,
  importValue: (name) => `imported ${name}`,
};

describe('resolve', () => {
  it.each<[string, Json, Json]>([
    ['Ref of a parameter', { Ref: 'Name' }, 'orders'],
    ['Ref of a list parameter', { Ref: 'Zones' }, ['a', 'b']],
    ['Ref of a resource', { Ref: 'Bucket' }, 'bucket-1'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket/Arn'],
    ['GetAtt as text with dots', { 'Fn::GetAtt': 'Db.Endpoint.Port' }, 'Db/Endpoint.Port'],
    [
      'Sub',
      { 'Fn::Sub': 'arn:${AWS::Region}:${Bucket}:${Bucket.Arn}:${Name}' },
      'arn:eu-west-1:bucket-1:Bucket/Arn:orders',
    ],
    ['Sub with a literal', { 'Fn::Sub': '${!Name} ${Name}' }, '${Name} orders'],
    ['Sub with variables', { 'Fn::Sub': ['${X}-${Name}', { X: { Ref: 'Bucket' } }] }, 'bucket-1-orders'],
    ['Join', { 'Fn::Join': ['-', ['x', { Ref: 'Name' }]] }, 'x-orders'],
    ['Join of a list parameter', { 'Fn::Join': [',', { Ref: 'Zones' }] }, 'a,b'],
    ['Split and Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'eu-west-1a'],
    ['Cidr', { 'Fn::Select': [3, { 'Fn::Cidr': ['10.0.0.0/20', 4, '10'] }] }, '10.0.12.0/22'],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'cpu'] }, '256'],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['ImportValue', { 'Fn::ImportValue': 'vpc' }, 'imported vpc'],
    ['If, and only the branch that is taken', { 'Fn::If': ['No', { Ref: 'Missing' }, 'else'] }, 'else'],
    [
      'And, Or, Not, Equals',
      { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }] },
      true,
    ],
    ['NoValue as a member', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['NoValue as an item', [1, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }, 3], [1, 3]],
    [
      'a policy condition, which is not a function',
      { Condition: { StringEquals: { a: 'b' } } },
      { Condition: { StringEquals: { a: 'b' } } },
    ],
  ])('resolves %s', (_name, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it.each<[string, Json, RegExp]>([
    ['an unknown function', { 'Fn::Shout': 'a' }, /Fn::Shout/],
    ['a reference that every object would have', { Ref: 'constructor' }, /no constructor/],
    ['a variable that every object would have', { 'Fn::Sub': ['${toString}', {}] }, /no toString/],
    ['a row that every object would have', { 'Fn::FindInMap': ['Sizes', 'constructor', 'name'] }, /constructor::name/],
    ['a value that every object would have', { 'Fn::FindInMap': ['Sizes', 'small', 'toString'] }, /small::toString/],
    ['a mapping that is not there', { 'Fn::FindInMap': ['Sizes', 'huge', 'cpu'] }, /Sizes::huge::cpu/],
    ['an index that is not there', { 'Fn::Select': [5, ['a']] }, /index 5/],
    ['blocks that do not fit', { 'Fn::Cidr': ['10.0.0.0/24', 4, '8'] }, /do not fit/],
    ['an unknown condition', { 'Fn::If': ['Maybe', 1, 2] }, /Maybe/],
    ['a dynamic reference', '{{resolve:ssm:/a:1}}', /dynamic references/],
  ])('refuses %s', (_name, value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

describe('evaluateConditions', () => {
  it('lets conditions refer to each other in any order', () => {
    const conditions = {
      A: { 'Fn::Or': [{ Condition: 'B' }, { Condition: 'C' }] },
      B: { 'Fn::Not': [{ Condition: 'C' }] },
      C: { 'Fn::Equals': [{ Ref: 'Name' }, 'orders'] },
    };
    expect(evaluateConditions(conditions, scope)).toEqual({ A: true, B: false, C: true });
  });

  it('refuses a circular reference', () => {
    const conditions = { A: { 'Fn::Not': [{ Condition: 'B' }] }, B: { 'Fn::Not': [{ Condition: 'A' }] } };
    expect(() => evaluateConditions(conditions, scope)).toThrow(/A -> B -> A/);
  });
});
