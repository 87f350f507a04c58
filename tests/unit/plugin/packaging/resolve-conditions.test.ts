import { type ConditionalTemplate, resolveConditions } from '../../../../plugin/packaging/resolve-conditions';

const resolved = (template: ConditionalTemplate): ConditionalTemplate => {
  resolveConditions(template);
  return template;
};

describe('resolveConditions', () => {
  it('keeps resources and outputs whose condition is true, and drops the others', () => {
    const template = resolved({
      Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Not': [{ Condition: 'Yes' }] } },
      Resources: { A: { Type: 'T', Condition: 'Yes' }, B: { Type: 'T', Condition: 'No' }, C: { Type: 'T' } },
      Outputs: { A: { Value: 'a', Condition: 'Yes' }, B: { Value: 'b', Condition: 'No' } },
    });
    expect(template).toEqual({ Resources: { A: { Type: 'T' }, C: { Type: 'T' } }, Outputs: { A: { Value: 'a' } } });
  });

  it.each([
    [{ 'Fn::Equals': [1, '1'] }, true],
    [{ 'Fn::Equals': ['', 'x'] }, false],
    [{ 'Fn::And': [{ 'Fn::Equals': ['a', 'a'] }, { 'Fn::Equals': ['a', 'b'] }] }, false],
    [{ 'Fn::Or': [{ 'Fn::Equals': ['a', 'a'] }, { 'Fn::Equals': ['a', 'b'] }] }, true],
    [{ 'Fn::Not': [{ 'Fn::Equals': ['a', 'b'] }] }, true],
  ])('%j is %s', (condition, expected) => {
    const template = resolved({ Conditions: { It: condition }, Resources: { A: { Type: 'T', Condition: 'It' } } });
    expect('A' in template.Resources).toBe(expected);
  });

  it('resolves every Fn::If, nested ones too, and removes AWS::NoValue from lists and objects', () => {
    const If = (name: string, yes: never | object | string, no: object | string) => ({ 'Fn::If': [name, yes, no] });
    const none = { Ref: 'AWS::NoValue' };
    const template = resolved({
      Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        A: {
          Type: 'T',
          Properties: {
            list: [1, If('No', 'x', none), 2],
            key: If('No', 'x', none),
            deep: If('Yes', { in: If('No', 'x', 'y') }, 'z'),
          },
        },
      },
    } as ConditionalTemplate);
    expect(template.Resources['A']).toEqual({ Type: 'T', Properties: { list: [1, 2], deep: { in: 'y' } } });
  });

  it('drops dependencies on removed resources', () => {
    const template = resolved({
      Conditions: { No: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        A: { Type: 'T', DependsOn: ['B', 'C'] },
        B: { Type: 'T', Condition: 'No' },
        C: { Type: 'T', DependsOn: 'B' },
      },
    });
    expect(template.Resources).toEqual({ A: { Type: 'T', DependsOn: ['C'] }, C: { Type: 'T' } });
  });

  it.each([[{ 'Fn::Equals': [{ Ref: 'Parameter' }, 'a'] }], [{ Condition: 'Missing' }], ['text']])(
    'refuses %j, whose value is unknown when packaging',
    (condition) => {
      const template = {
        Conditions: { It: condition },
        Resources: { A: { Type: 'T', Condition: 'It' } },
      } as ConditionalTemplate;
      expect(() => resolveConditions(template)).toThrow(/is missing or not made of stage parameters alone/);
    },
  );

  it('leaves a template without conditions as it is', () => {
    const template = { Resources: { A: { Type: 'T', Properties: { list: [{ Ref: 'AWS::NoValue' }] } } } };
    expect(resolved(structuredClone(template))).toEqual(template);
  });
});
