import { parser as logql } from '@grafana/lezer-logql';
import { readSelector } from '../../aws/aps/selector';
import { readPipeline } from '../../engines/stand-ins/loki/logql/pipeline';
import { readTraceQuery } from '../../engines/stand-ins/tempo/traceql';
import { Syntax } from '../../engines/wire/grammar';
import { destinationsOf } from '../../grafana-server/alerting/routing';

/** All patterns are Go's RE2, but whether `.` matches a line break differs between the programs. */
const broken = 'one\ntwo';

const inPromql = (pattern: string): boolean =>
  readSelector(`up{text=~"${pattern}"}`).every(({ name, matches }) => name !== 'text' || matches(broken));

const pipeline = (query: string): boolean => {
  const syntax = new Syntax(logql, query);
  const line = { time: 0n, line: broken, labels: { text: broken }, metadata: {} };
  return readPipeline(syntax, syntax.top).run([line]).length > 0;
};

const inTraceql = (pattern: string): boolean => {
  const span = { traceId: '', spanId: '', name: broken, startTimeUnixNano: '0', endTimeUnixNano: '0' };
  return readTraceQuery(`{ name =~ "${pattern}" }`).find([{ span, scope: undefined, resource: [] }]).length > 0;
};

const inNotificationPolicy = (pattern: string): boolean => {
  const tree = {
    receiver: 'root',
    routes: [{ receiver: 'taken', object_matchers: [['text', '=~', pattern] as const] }],
  };
  const [first] = destinationsOf(tree, {
    fingerprint: 'f',
    ruleUid: 'r',
    status: 'firing',
    labels: { text: broken },
    annotations: {},
    startsAt: 0,
    endsAt: undefined,
    values: {},
    notificationSettings: null,
  });
  return first?.receiver === 'taken';
};

it.each([
  ['a matcher of PromQL', inPromql, true],
  ['a stream of LogQL', (pattern: string) => pipeline(`{text=~"${pattern}"}`), true],
  ['a filter of labels of LogQL', (pattern: string) => pipeline(`{text!=""} | text=~"${pattern}"`), false],
  ['a filter of lines of LogQL', (pattern: string) => pipeline(`{text!=""} |~ "^${pattern}$"`), false],
  ['TraceQL', inTraceql, true],
  ['a notification policy', inNotificationPolicy, false],
])('%s reads a pattern as its program does where the text has a line break', (_, matches, takesLineBreak) => {
  expect(matches('one.two')).toBe(takesLineBreak);
  expect(matches('one[^x]two')).toBe(true);
  expect(matches('one')).toBe(false);
});

it.each([
  ['a matcher of PromQL', inPromql],
  ['a filter of labels of LogQL', (pattern: string) => pipeline(`{text!=""} | text=~"${pattern}"`)],
  ['a notification policy', inNotificationPolicy],
])("%s reads Go's flags in front of the pattern", (_, matches) => {
  expect(matches('(?si)ONE.TWO')).toBe(true);
  expect(matches('(?i)ONE')).toBe(false);
});
