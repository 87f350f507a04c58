import { matchesError, RetryPlan } from '../../../aws/states/retry';

it.each([
  [['States.ALL'], 'Broken', true],
  [['States.ALL'], 'States.Timeout', true],
  [['States.ALL'], 'States.Runtime', false],
  [['States.ALL'], 'States.DataLimitExceeded', false],
  [['States.DataLimitExceeded'], 'States.DataLimitExceeded', true],
  [['States.Runtime'], 'States.Runtime', false],
  [['States.TaskFailed'], 'Broken', true],
  [['States.TaskFailed'], 'States.Timeout', false],
  [['Other', 'Broken'], 'Broken', true],
  [['broken'], 'Broken', false],
])('%j matches %s: %s', (errorEquals, error, expected) => {
  expect(matchesError(errorEquals, error)).toBe(expected);
});

it('backs off to MaxDelaySeconds, as often as MaxAttempts', () => {
  const plan = new RetryPlan([
    { ErrorEquals: ['A'], IntervalSeconds: 2, BackoffRate: 3, MaxAttempts: 4, MaxDelaySeconds: 20 },
  ]);
  expect([1, 2, 3, 4, 5].map(() => plan.next('A'))).toEqual([2000, 6000, 18_000, 20_000, undefined]);
});

it('has AWS’s defaults: three attempts, 1 s, doubled', () => {
  const plan = new RetryPlan([{ ErrorEquals: ['States.ALL'] }]);
  expect([1, 2, 3, 4].map(() => plan.next('A'))).toEqual([1000, 2000, 4000, undefined]);
});

it('spreads with full jitter between zero and the delay', () => {
  const retrier = { ErrorEquals: ['A'], IntervalSeconds: 10, JitterStrategy: 'FULL' as const };
  expect(new RetryPlan([retrier], () => 0).next('A')).toBe(0);
  expect(new RetryPlan([retrier], () => 0.5).next('A')).toBe(5000);
});

it('uses the first retrier that matches, and counts the attempts of each separately', () => {
  const plan = new RetryPlan([
    { ErrorEquals: ['A'], MaxAttempts: 1 },
    { ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 7 },
  ]);
  expect([plan.next('A'), plan.next('B'), plan.next('A'), plan.next('B')]).toEqual([1000, 7000, undefined, undefined]);
});
