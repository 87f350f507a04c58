import type { Signals } from '../../page/contracts';
import { signalsSection } from '../../page/render/signals';
import { waterfall } from '../../page/render/waterfall';

const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u0000\u2028\`\${7*7}`;
const traceId = 'a'.repeat(32);

/** Every value from an engine or the tester contains the hostile text. */
const signals: Signals = {
  from: 0,
  to: 300_000,
  run: {
    run: hostile,
    startedAt: 200_000,
    error: hostile,
    calls: [
      {
        name: hostile,
        method: hostile,
        endpoint: hostile,
        expectedStatus: 200,
        actualStatus: 500,
        passed: false,
        durationMs: 4,
        traceId,
      },
    ],
  },
  charts: [
    {
      title: 'A chart',
      query: hostile,
      unit: 'count',
      series: [{ labels: { [hostile]: hostile }, points: [[100_000, 3]] }],
    },
  ],
  traces: new Map([
    [traceId, [{ id: '1', parentId: hostile, name: hostile, kind: hostile, isError: true, start: 1, end: 2 }]],
  ]),
  logs: new Map([[traceId, [{ time: 200_001, text: hostile, labels: { [hostile]: hostile, level: hostile } }]]]),
  problems: [hostile],
};

it('escapes every value from a log line, a span, a series or the tester', () => {
  const { text } = signalsSection(signals);
  const tags = [...text.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag);
  expect(tags).not.toContain('script');
  expect(tags).not.toContain('img');
  // Outside quotes no tag may have an attribute from the text.
  const attributes = [...text.replaceAll(/"[^"]*"/g, '""').matchAll(/<\w+([^>]*)>/g)].map(([, inside]) => inside);
  expect(attributes.join(' ')).not.toMatch(/onerror|src/);
  expect(text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
});

it.each([
  [0.0045, '4.5 ms'],
  [0.0262, '26 ms'],
  [1.25, '1.3 s'],
])('shows a duration of %d s as %s, precise enough to compare', (seconds, told) => {
  const [example] = signals.charts;
  if (!example) throw new TypeError('there is a chart');
  const chart = {
    ...example,
    unit: 'seconds' as const,
    series: [{ labels: {}, points: [[100_000, seconds]] as const }],
  };
  expect(signalsSection({ ...signals, charts: [chart] }).text).toContain(`<b>${told}</b>`);
});

it("leads from each call's trace to Grafana, where there is one", () => {
  const { text } = signalsSection(signals, 'http://127.0.0.1:4530');
  const [, href = ''] = /<a href="([^"]+)">open in Grafana<\/a>/.exec(text) ?? [];
  expect(new URL(href.replaceAll('&#38;', '&')).searchParams.get('panes')).toContain(traceId);
  expect(signalsSection(signals).text).not.toContain('open in Grafana');
});

it('draws a span below its parent, and one whose parent is missing as a root', () => {
  const span = (id: string, parentId: string, start: number) => ({
    id,
    parentId,
    name: `span ${id}`,
    kind: 'INTERNAL',
    isError: false,
    start,
    end: start + 1,
  });
  const { text } = waterfall([span('c', 'b', 3), span('a', 'elsewhere', 1), span('b', 'a', 2)]);
  expect(
    [...text.matchAll(/<li class="(d\d)[^>]*><span class="span-name">(span \w)/g)].map(([, d, name]) => [d, name]),
  ).toEqual([
    ['d0', 'span a'],
    ['d1', 'span b'],
    ['d2', 'span c'],
  ]);
});

it('terminates for spans that are parents of each other', () => {
  const loop = { name: 'x', kind: '', isError: false, start: 0, end: 1 };
  const { text } = waterfall([
    { ...loop, id: 'a', parentId: 'b' },
    { ...loop, id: 'b', parentId: 'a' },
  ]);
  expect(text).toContain('waterfall');
});
