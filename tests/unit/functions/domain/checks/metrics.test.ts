import { runCheck } from '../../../../../functions/domain/checks/check';
import { type Counting, metricChecks } from '../../../../../functions/domain/checks/metrics';
import type { Traffic } from '../../../../../functions/domain/traffic';
import { answeringGrafana, type StoredLine, type StoredSeries } from '../../../../helpers/answering-grafana';
import { testClock } from '../../../../helpers/test-clock';

const minute = (second: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, second)).toISOString();

/** Two writes at second 10, as the tester sends them. */
const traffic: Traffic = {
  run: 'r',
  startedAt: minute(10),
  calls: ['a', 'b'].map((trace) => ({
    name: `write ${trace}`,
    method: 'POST',
    path: '/data',
    endpoint: '/data',
    expectedStatus: 201,
    actualStatus: 201,
    passed: true,
    durationMs: 500,
    traceId: trace.repeat(32),
  })),
};

const labels = { __name__: 'http_requests_total', method: 'POST', endpoint: '/data', status: '201', stage: 'local' };

/** The counter at the marker, and after the calls. */
const rose = (by: number, extra: Readonly<Record<string, string>> = {}): StoredSeries => ({
  labels: { ...labels, ...extra },
  samples: [
    [minute(9), 100],
    [minute(12), 100 + by],
  ],
});

const lineAt = (second: number, trace: string, span = '1'): StoredLine => ({
  at: minute(second),
  labels: {
    code: 'REQUEST_COMPLETED',
    method: 'POST',
    endpoint: '/data',
    status: '201',
    trace_id: trace,
    span_id: span,
  },
});
const own = [lineAt(10, 'a'.repeat(32)), lineAt(10, 'b'.repeat(32))];

const strict: Counting = { unexplainedRequests: 'fail', scrapeInterval: 1_000, stage: 'local' };
const lenient: Counting = { unexplainedRequests: 'allow', scrapeInterval: 1_000, stage: 'local' };

/** The check of the request counter, run from second 20 on. */
function requestCounter(stored: Parameters<typeof answeringGrafana>[0], counting: Counting, from = 20) {
  const clock = testClock(minute(from));
  const [check] = metricChecks(answeringGrafana(stored), traffic, clock, counting);
  if (!check) throw new Error('there is no check of the request counter');
  return runCheck(check, clock);
}

describe('where each request must be explained', () => {
  it('passes when the counter rose by exactly what was sent', async () => {
    const verdict = await requestCounter({ series: () => [rose(2)], lines: () => own }, strict);
    expect(verdict).toMatchObject({ outcome: 'passed', found: 'POST /data 201 up by 2' });
  });

  it('fails when it counts each request twice', async () => {
    const verdict = await requestCounter({ series: () => [rose(4)], lines: () => own }, strict);
    expect(verdict).toMatchObject({
      outcome: 'failed',
      kind: 'wrong',
      hop: 'service',
      found: 'more than sent: POST /data 201 up by 4, but 2 sent and 0 logged of other callers',
      remedy: expect.stringContaining('counts a request more than once'),
    });
  });

  it('fails when a second scraper stores the counter again, and blames the path', async () => {
    const series = () => [rose(2, { replica: 'a' }), rose(2, { replica: 'b' })];
    expect(await requestCounter({ series, lines: () => own }, strict)).toMatchObject({
      outcome: 'failed',
      hop: 'collector path',
      remedy: expect.stringContaining('second scraper'),
    });
  });

  it('does not mistake two tasks that shared the calls for a second scraper', async () => {
    const series = () => [rose(1, { task: 'a' }), rose(1, { task: 'b' })];
    expect(await requestCounter({ series, lines: () => own }, strict)).toMatchObject({ outcome: 'passed' });
  });

  it('passes when another caller called meanwhile, and reports it', async () => {
    const lines = () => [...own, lineAt(11, 'c'.repeat(32))];
    expect(await requestCounter({ series: () => [rose(3)], lines }, strict)).toMatchObject({
      outcome: 'passed',
      found: 'POST /data 201 up by 3; what is more than sent was called by others, and logged',
    });
  });

  it('counts a request that a scrape just before the marker had not seen', async () => {
    const lines = () => [...own, lineAt(9, 'c'.repeat(32))];
    expect(await requestCounter({ series: () => [rose(3)], lines }, strict)).toMatchObject({ outcome: 'passed' });
  });

  it('counts several lines of one span as one request', async () => {
    const lines = () => [...own, lineAt(11, 'c'.repeat(32)), lineAt(11, 'c'.repeat(32))];
    expect(await requestCounter({ series: () => [rose(4)], lines }, strict)).toMatchObject({
      outcome: 'failed',
      found: expect.stringContaining('1 logged of other callers'),
    });
  });

  it('waits for a log line that is late', async () => {
    let looks = 0;
    const lines = () => {
      looks += 1;
      return looks > 2 ? [...own, lineAt(11, 'c'.repeat(32))] : own;
    };
    const verdict = await requestCounter({ series: () => [rose(3)], lines }, strict);
    expect(verdict).toMatchObject({ outcome: 'passed', looks: 3 });
  });

  it('waits until a second scraper had time for a scrape', async () => {
    // At second 11 only the first scraper has scraped.
    const series = () => [
      rose(2, { replica: 'a' }),
      {
        labels: { ...labels, replica: 'b' },
        samples: [
          [minute(9), 100],
          [minute(13), 102],
        ] as const,
      },
    ];
    const verdict = await requestCounter({ series, lines: () => own }, strict, 12);
    expect(verdict).toMatchObject({ outcome: 'failed', hop: 'collector path' });
  });

  it('is not evaluated when Loki cannot say who called', async () => {
    const verdict = await requestCounter({ series: () => [rose(3)], lokiStatus: 501 }, strict);
    expect(verdict).toMatchObject({
      outcome: 'not-evaluated',
      found: expect.stringContaining('more than sent, and Loki cannot say who else called'),
    });
  });
});

describe('where the schedule and users call too', () => {
  it.each([
    ['exactly what was sent', 2],
    ['more', 7],
  ])('passes when it rose by %s', async (_, by) => {
    expect(await requestCounter({ series: () => [rose(by)] }, lenient)).toMatchObject({
      outcome: 'passed',
      found: `POST /data 201 up by ${by}`,
    });
  });
});

it('is late, with its last result, when the counter rose by less', async () => {
  const up = { labels: { __name__: 'up', job: 'data-processor', stage: 'local' }, samples: [[minute(12), 1]] as const };
  expect(await requestCounter({ series: () => [rose(1), up] }, lenient)).toMatchObject({
    outcome: 'failed',
    kind: 'late',
    found: 'POST /data 201 up by 1',
  });
});

it('counts from zero after a task restarted', async () => {
  const restarted = {
    labels,
    samples: [
      [minute(9), 100],
      [minute(12), 2],
    ] as const,
  };
  expect(await requestCounter({ series: () => [restarted], lines: () => own }, strict)).toMatchObject({
    outcome: 'passed',
  });
});
