import type { Template } from '../../../../plugin/serverless';
import { diffTemplates } from '../../../../plugin/verbs/template-diff';

const lambda = (key: string, timeout = 30) => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Key: key }, Timeout: timeout },
});
const before: Template = {
  Resources: {
    Fn: lambda('serverless/s/dev/1-2026/fn.zip'),
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
    Old: { Type: 'AWS::S3::Bucket' },
  },
  Outputs: { Url: { Value: 'a' } },
};
const after: Template = {
  Resources: {
    Fn: lambda('serverless/s/dev/2-2026/fn.zip'),
    Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: 'k' } },
    New: { Type: 'AWS::S3::Bucket' },
  },
  Outputs: { Url: { Value: 'a' } },
};

it('says what is added, removed and changed, and which members', () => {
  expect(diffTemplates(before, after)).toEqual([
    { change: 'added', what: 'Resources.New', type: 'AWS::S3::Bucket', members: [] },
    { change: 'removed', what: 'Resources.Old', type: 'AWS::S3::Bucket', members: [] },
    { change: 'changed', what: 'Resources.Topic', type: 'AWS::SNS::Topic', members: ['Properties.KmsMasterKeyId'] },
  ]);
});

it('compares a function’s code, not its S3 key', () => {
  const only = (key: string, timeout?: number): Template => ({ Resources: { Fn: lambda(key, timeout) } });
  const code = (was: string, is: string) => (_id: string, side: 'before' | 'after') => (side === 'before' ? was : is);
  expect(diffTemplates(only('1/fn.zip'), only('2/fn.zip'), code('same', 'same'))).toEqual([]);
  expect(diffTemplates(only('1/fn.zip'), only('2/fn.zip'), code('one', 'two'))).toMatchObject([
    { members: ['Properties.Code'] },
  ]);
  expect(diffTemplates(only('1/fn.zip'), only('2/fn.zip', 60), code('same', 'same'))).toMatchObject([
    { members: ['Properties.Timeout'] },
  ]);
});

it('finds nothing between a template and itself', () => {
  expect(diffTemplates(after, structuredClone(after))).toEqual([]);
});
