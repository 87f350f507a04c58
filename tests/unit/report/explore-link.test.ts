import { createReport, exploreTrace, renderPage } from '../../../report';
import { HistoryWriter } from '../../helpers/history-writer';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const at = new Date('2026-11-23T12:00:00.000Z');

it.each([
  [
    'g-1234567890.grafana-workspace.eu-west-1.amazonaws.com',
    'https://g-1234567890.grafana-workspace.eu-west-1.amazonaws.com',
  ],
  ['http://127.0.0.1:4530/', 'http://127.0.0.1:4530'],
])('leads to Explore of %s, with the trace as the query of a pane', (endpoint, origin) => {
  const url = new URL(exploreTrace(endpoint, traceId, at));
  expect(`${url.origin}${url.pathname}`).toBe(`${origin}/explore`);
  expect(url.searchParams.get('schemaVersion')).toBe('1');
  const panes = JSON.parse(url.searchParams.get('panes') ?? '') as Record<string, { range: { from: string } }>;
  expect(panes).toEqual({
    // Explore renames a pane whose name does not have three letters.
    trc: {
      datasource: 'tempo',
      queries: [{ refId: 'A', datasource: { type: 'tempo', uid: 'tempo' }, queryType: 'traceql', query: traceId }],
      range: { from: expect.any(String), to: expect.any(String) },
    },
  });
  expect(Number(panes['trc']?.range.from)).toBeLessThan(at.getTime());
});

describe('a report', () => {
  const call = {
    name: 'write',
    method: 'POST',
    path: '/data',
    expectedStatus: 201,
    actualStatus: 201,
    passed: true,
    durationMs: 4,
    traceId,
  };
  const reportOf = (workspace: object | undefined) => {
    const history = new HistoryWriter();
    history.start();
    if (workspace)
      history.task('CheckConfiguration', { outcome: 'done', detail: 'answers', status: 'READY', workspace });
    history.task('GenerateTraffic', { outcome: 'passed', detail: '1 of 1', calls: [call] });
    history.add('ExecutionSucceeded');
    return createReport(history.events, {
      executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:s-setup:run',
      machine: 'setup',
      stack: 's',
      generatedAt: at,
    });
  };

  it("leads from the tester's calls to their traces in the workspace that the run found", () => {
    const report = reportOf({ id: 'g-1', endpoint: 'g-1.example.org', grafanaVersion: '12.4.0' });
    expect(report.steps.find(({ name }) => name === 'GenerateTraffic')?.evidence).toMatchObject({
      calls: [{ traceId, explore: expect.stringContaining('https://g-1.example.org/explore?schemaVersion=1&panes=') }],
    });
    expect(renderPage(report)).toContain(`"><code>${traceId}</code></a>`);
  });

  it('has no such link while no workspace is known', () => {
    const page = renderPage(reportOf(undefined));
    expect(page).toContain(`<td><code>${traceId}</code></td>`);
    expect(page).not.toContain('/explore?');
  });
});
