import { checkPattern, matchesPattern } from '../../../aws/events/pattern';
import { nextRuns } from '../../../aws/events/schedule';
import { targetInput } from '../../../aws/events/target-input';
import type { JsonObject } from '../../../kernel/contracts';

const event: JsonObject = {
  source: 'aws.states',
  resources: ['arn:a', 'arn:b'],
  time: '2026-11-23T00:00:00Z',
  detail: { status: 'FAILED', name: 'run-1', cause: 'He said "no"', input: null, list: [{ n: 1 }] },
};

it.each<[boolean, JsonObject]>([
  [true, { source: ['aws.states'] }],
  [false, { source: ['aws.ecs'] }],
  [true, { detail: { status: ['TIMED_OUT', 'FAILED'] } }],
  [true, { resources: [{ prefix: 'arn:b' }] }],
  [true, { detail: { status: [{ 'anything-but': 'SUCCEEDED' }] } }],
  [false, { detail: { status: [{ 'anything-but': ['FAILED', 'ABORTED'] }] } }],
  [false, { detail: { status: [{ 'anything-but': { prefix: 'FAIL' } }] } }],
  [true, { detail: { name: [{ suffix: '-1' }] } }],
  [true, { detail: { missing: [{ exists: false }], name: [{ exists: true }] } }],
  [true, { detail: { input: [null] } }],
  [false, { detail: { missing: ['x'] } }],
  [true, { detail: { status: [{ 'equals-ignore-case': 'failed' }] } }],
])('gives %s for the pattern %j', (expected, pattern) => {
  expect(matchesPattern(pattern, event)).toBe(expected);
});

it.each<[JsonObject, RegExp]>([
  [{ detail: { n: [{ numeric: ['>', 1] }] } }, /does not know the matcher .*numeric.* of detail\.n/],
  [{ source: 'aws.states' }, /"source" must be an object or an array/],
  [{}, /is empty/],
  [{ $or: [{ source: ['a'] }] }, /\$or/],
])('refuses the pattern %j', (pattern, message) => {
  expect(() => checkPattern(pattern)).toThrow(message);
});

const rule = { arn: 'arn:rule', name: 'rule' };
const map = {
  name: '$.detail.name',
  cause: '$.detail.cause',
  none: '$.detail.none',
  first: '$.detail.list[0].n',
  detail: '$.detail.list',
};

it.each([
  ['"<name> failed: <cause>"', '"run-1 failed: He said \\"no\\""'],
  ['{"name": <name>, "n": <first>, "text": "is <first>"}', '{"name": "run-1", "n": 1, "text": "is 1"}'],
  ['"nothing<none> here"', '"nothing here"'],
  ['{"rule": "<aws.events.rule-name>"}', '{"rule": "rule"}'],
  ['"one"\n"two <name>"\n', '"one"\n"two run-1"'],
  ['{"list": <detail>}', '{"list": [{"n":1}]}'],
])('transforms %s', (InputTemplate, expected) => {
  expect(targetInput({ InputTransformer: { InputPathsMap: map, InputTemplate } }, event, rule)).toBe(expected);
});

it('takes a constant, a part or the whole event as input', () => {
  expect(targetInput({ Input: '{"mode":"verify"}' }, event, rule)).toBe('{"mode":"verify"}');
  expect(targetInput({ InputPath: '$.detail.status' }, event, rule)).toBe('"FAILED"');
  expect(JSON.parse(targetInput({}, event, rule))).toEqual(event);
});

it.each([
  ['cron(17 3 * * ? *)', '2026-11-23T12:00:00Z', ['2026-11-24T03:17:00.000Z', '2026-11-25T03:17:00.000Z']],
  ['cron(0 10 ? * MON-FRI *)', '2026-11-27T11:00:00Z', ['2026-11-30T10:00:00.000Z', '2026-12-01T10:00:00.000Z']],
  ['cron(0 10 ? * 2 *)', '2026-11-23T11:00:00Z', ['2026-11-30T10:00:00.000Z', '2026-12-07T10:00:00.000Z']],
  ['cron(0/15 * * * ? *)', '2026-11-23T11:01:00Z', ['2026-11-23T11:15:00.000Z', '2026-11-23T11:30:00.000Z']],
  ['cron(0 0 1 1 ? 2028)', '2026-11-23T11:01:00Z', ['2028-01-01T00:00:00.000Z']],
])('runs %s after %s at %j', (expression, from, expected) => {
  expect(nextRuns(expression, 2, new Date(from)).map((date) => date.toISOString())).toEqual(expected);
});
