import { z } from 'zod';
import { cfnBoolean, cfnNumber, checkPropertyNames, generatedName, parseProperties } from '../../aws/cfn-values';
import type { JsonObject } from '../../kernel/contracts';
import { resource } from './support/compute-cloud';

const schema = z.strictObject({ Count: cfnNumber, Enabled: cfnBoolean.default(false) });
const parse = (properties: JsonObject) => parseProperties(schema, resource('AWS::A::B', 'Thing', properties));
const check = (properties: JsonObject) =>
  checkPropertyNames(resource('AWS::A::B', 'Thing', properties), ['Name!', 'Tags']);

describe('values of CloudFormation properties', () => {
  test('accepts numbers and booleans as text', () => {
    expect(parse({ Count: '3', Enabled: 'true' })).toEqual({ Count: 3, Enabled: true });
  });

  test.each([
    [{ Count: 1, Cuont: 1 }, 'AWS::A::B Thing: Properties: unsupported property Cuont'],
    [{ Count: 'many' }, 'AWS::A::B Thing: Count: '],
  ])('names the resource and the property of %j', (properties, message) => {
    expect(() => parse(properties)).toThrow(message);
  });

  test.each([
    [{ Name: 'a', Other: 1 }, 'AWS::A::B Thing: Properties: unsupported property Other'],
    [{ Tags: [] }, 'AWS::A::B Thing: Name: is required'],
  ])('refuses %j where only the names are checked', (properties, message) => {
    expect(() => check(properties)).toThrow(message);
  });

  test('accepts every listed name, and a missing optional one', () => {
    expect(() => check({ Name: 'a', Tags: [] })).not.toThrow();
    expect(() => check({ Name: 'a' })).not.toThrow();
  });

  test('keeps a generated name within its limit and different each time', () => {
    const request = { stackName: 's'.repeat(100), logicalId: 'l'.repeat(100) };
    expect(generatedName(request, 40)).toHaveLength(40);
    expect(generatedName(request)).not.toBe(generatedName(request));
  });
});
