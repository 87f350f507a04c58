import { evaluate, parsePolicy } from '../../kernel/access/policy';

const allow = (statement: Record<string, string | string[] | Record<string, Record<string, string | string[]>>>) =>
  parsePolicy({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '*', Action: '*', ...statement }] });

describe('evaluate', () => {
  it.each([
    ['an action by name', { Action: 's3:GetObject' }, 's3:GetObject', 'x', 'allowed'],
    ['an action whatever its case', { Action: 's3:getobject' }, 's3:GetObject', 'x', 'allowed'],
    ['an action by wildcard', { Action: 's3:Get*' }, 's3:GetObject', 'x', 'allowed'],
    ['an action by a question mark', { Action: 's3:?etObject' }, 's3:GetObject', 'x', 'allowed'],
    ['no action of another service', { Action: 's3:*' }, 'sns:Publish', 'x', 'not-allowed'],
    ['a resource by wildcard', { Resource: 'arn:aws:s3:::b/*' }, 's3:GetObject', 'arn:aws:s3:::b/a/b', 'allowed'],
    ['no resource beside it', { Resource: 'arn:aws:s3:::b/*' }, 's3:GetObject', 'arn:aws:s3:::b', 'not-allowed'],
    ['resources with the case kept', { Resource: 'arn:aws:s3:::B' }, 's3:ListBucket', 'arn:aws:s3:::b', 'not-allowed'],
  ] as const)('matches %s', (_name, statement, action, resource, expected) => {
    expect(evaluate([allow(statement as never)], { action, resource })).toBe(expected);
  });

  it('refuses what a Deny matches, whatever is allowed', () => {
    const deny = parsePolicy({ Statement: [{ Effect: 'Deny', Action: 's3:Put*', Resource: '*' }] });
    expect(evaluate([allow({}), deny], { action: 's3:PutObject', resource: 'x' })).toBe('denied');
    expect(evaluate([allow({}), deny], { action: 's3:GetObject', resource: 'x' })).toBe('allowed');
  });

  it('reads NotAction and NotResource as everything but what they list', () => {
    const policy = parsePolicy({ Statement: [{ Effect: 'Allow', NotAction: 'iam:*', NotResource: 'arn:secret' }] });
    expect(evaluate([policy], { action: 's3:GetObject', resource: 'arn:open' })).toBe('allowed');
    expect(evaluate([policy], { action: 'iam:GetRole', resource: 'arn:open' })).toBe('not-allowed');
    expect(evaluate([policy], { action: 's3:GetObject', resource: 'arn:secret' })).toBe('not-allowed');
  });

  it.each([
    ['StringEquals', 'grafana.amazonaws.com', { 'iam:PassedToService': 'grafana.amazonaws.com' }, 'allowed'],
    ['StringEquals', 'grafana.amazonaws.com', { 'iam:PassedToService': 'ecs.amazonaws.com' }, 'not-allowed'],
    ['StringEquals', 'grafana.amazonaws.com', {}, 'not-allowed'],
    ['StringEqualsIfExists', 'grafana.amazonaws.com', {}, 'allowed'],
    ['StringNotEquals', 'grafana.amazonaws.com', {}, 'allowed'],
    ['StringLike', 'graf*', { 'iam:PassedToService': 'grafana.amazonaws.com' }, 'allowed'],
    ['ArnLike', 'arn:aws:x:*:1:y', { 'iam:PassedToService': 'arn:aws:x:eu:1:y' }, 'allowed'],
    ['Bool', 'false', { 'iam:PassedToService': 'true' }, 'not-allowed'],
    ['Null', 'true', {}, 'allowed'],
  ])('with %s %s evaluates %j correctly', (operator, value, context, expected) => {
    const policy = allow({ Condition: { [operator]: { 'iam:PassedToService': value } } });
    expect(
      evaluate([policy], { action: 'iam:PassRole', resource: 'r', context: context as Record<string, string> }),
    ).toBe(expected);
  });
});

describe('parsePolicy', () => {
  it.each([
    ['an unknown effect', { Effect: 'Permit', Action: '*', Resource: '*' }, /Permit/],
    ['no action', { Effect: 'Allow', Resource: '*' }, /actions/],
    ['an unknown member', { Effect: 'Allow', Action: '*', Resources: '*' }, /Resources/],
    ['an unknown condition', { Effect: 'Allow', Action: '*', Condition: { StringIsh: { a: 'b' } } }, /StringIsh/],
  ])('refuses a statement with %s', (_name, statement, message) => {
    expect(() => parsePolicy({ Statement: [statement as never] })).toThrow(message);
  });
});
