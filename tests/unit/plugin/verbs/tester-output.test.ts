import { testerLines, withLinks } from '../../../../plugin/verbs/tester-output';

const traceId = 'b'.repeat(32);
const call = {
  name: 'read',
  method: 'GET',
  path: '/data/a',
  expectedStatus: 200,
  actualStatus: 200,
  passed: true,
  durationMs: 5.2,
  traceId,
};
const terminal = {
  interactive: false,
  columns: undefined,
  line: () => undefined,
  note: () => undefined,
  live: () => undefined,
  style: (_colour: string, text: string) => text,
  link: (text: string, url: string | undefined) => (url ? `[${text}](${url})` : text),
};
const passed = { outcome: 'passed', detail: '1 of 1', startedAt: '2026-11-23T12:00:00.000Z', calls: [call] };

it('links each call to its trace in the workspace, and prints one URL in full', () => {
  const payload = withLinks(passed, 'https://g-1.example.org') as { calls: { explore: string }[] };
  expect(payload.calls[0]?.explore).toContain('https://g-1.example.org/explore?schemaVersion=1&panes=');
  const lines = testerLines(payload, { terminal });
  expect(lines[0]).toContain(`[trace ${traceId}](${payload.calls[0]?.explore})`);
  expect(lines.at(-1)).toBe(`"read" in Grafana: ${payload.calls[0]?.explore}`);
});

it('links the traces that the error of a failed run names', () => {
  const error = {
    errorType: 'TesterCallsFailed',
    errorMessage: `"read" (GET /data/a): expected 200, got 503, trace ${traceId}`,
  };
  expect(withLinks(error, 'https://g-1.example.org')).toMatchObject({
    ...error,
    traces: [{ traceId, explore: expect.stringContaining('https://g-1.example.org/explore?') }],
  });
});

it('has no links where there is no workspace', () => {
  expect(withLinks(passed, undefined)).toEqual(passed);
  expect(testerLines(passed, { terminal })).toEqual([
    `✔ read  GET /data/a  expected 200, got 200    5.2 ms  trace ${traceId}`,
    '1 of 1',
  ]);
});
