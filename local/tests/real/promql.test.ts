import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CountStore, errorCountCases, highestCount } from '../../../tests/helpers/error-count-cases';
import { startPrometheusStore } from '../../aws/aps/prometheus-store';
import type { MetricsStore } from '../../aws/aps/store';
import type { Labels } from '../../engines/wire/labels';
import { encodeWrite } from '../../engines/wire/remote-write';
import { isHere, resolveKind } from '../engines/contract/support/engine';
import { labelsText, promqlCases, promqlSeries } from '../support/promql-cases';

/** The answers that the evaluator is held to are Prometheus's own. */
const minute = 60_000;

if (!isHere('prometheus'))
  process.stderr.write(
    'No real Prometheus here (`npm run backends prometheus`): the evaluator is not compared with it.\n',
  );

(isHere('prometheus') ? describe : describe.skip)('the real Prometheus', () => {
  let store: MetricsStore;
  const directory = mkdtempSync(join(tmpdir(), 'promql-'));
  const closing = new AbortController();
  const now = Math.floor(Date.now() / 1000) * 1000;

  beforeAll(async () => {
    store = await startPrometheusStore(await resolveKind('prometheus', 'real'), {
      directory,
      retentionDays: 1,
      closing: closing.signal,
    });
    const series = promqlSeries.map(([labels, text]) => {
      const values = text.split(' ');
      const samples = values.map((value, index) => ({
        value: Number(value),
        timestamp: now - (values.length - 1 - index) * minute,
      }));
      return { labels, samples };
    });
    expect((await store.write(encodeWrite({ series, metadata: [] }))).status).toBe(200);
  });
  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(promqlCases)('%s', async (query, expected) => {
    const { status, body } = await store.read('query', new URLSearchParams({ query, time: String(now / 1000) }));
    expect([status, status === 200 ? '' : body]).toEqual([200, '']);
    const { data } = JSON.parse(body) as { data: { resultType: string; result: unknown } };
    if (typeof expected === 'number') {
      expect(Number((data.result as [number, string])[1])).toBeCloseTo(expected);
      return;
    }
    const points = (data.result as { metric: Labels; value: [number, string] }[]).map(({ metric, value }) => {
      return [labelsText(metric), Number(value[1])] as const;
    });
    expect(points.map(([key]) => key).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of points) expect(value).toBeCloseTo(expected[key] ?? Number.NaN);
  });

  describe('counts server errors as the rules do', () => {
    /** Eight minutes ago, on a minute. */
    const from = Math.floor(now / minute) * minute - 8 * minute;
    const counts: CountStore = {
      write: async (series) => {
        const { status, body } = await store.write(encodeWrite({ series, metadata: [] }));
        expect([status, status === 200 ? '' : body]).toEqual([200, '']);
      },
      value: async (query, time) => {
        const { status, body } = await store.read('query', new URLSearchParams({ query, time: String(time / 1000) }));
        expect([status, status === 200 ? '' : body]).toEqual([200, '']);
        const { data } = JSON.parse(body) as { data: { result: { value: [number, string] }[] } };
        expect(data.result).toHaveLength(1);
        return Number(data.result[0]?.value[1]);
      },
    };

    it.each(errorCountCases)('%s', async (name, given) => {
      expect(await highestCount(name, given, counts, from)).toBe(given.expected);
    });
  });
});
