import { countingWindow } from '../../../functions/domain/counting-window';
import sev2 from '../../../grafana/alerting/rules/server-errors-sev2.json';
import sev3 from '../../../grafana/alerting/rules/server-errors-sev3.json';
import serviceOverview from '../../../grafana/dashboards/service-overview.json';
import { MemoryStore } from '../../../local/aws/aps/memory-store';
import { parsePromql } from '../../../local/aws/aps/promql/parse';
import { type CountStore, errorCountCases, firing, highestCount } from '../../helpers/error-count-cases';

/** A full minute, so that the cases' scrapes are at the times in their names. */
const from = Date.parse('2026-11-25T12:00:00Z');

function countStore(): CountStore {
  const store = new MemoryStore();
  return {
    write: async (series) => store.append(series, []),
    value: async (query, time) => {
      const expression = parsePromql(query);
      if (expression.type !== 'vector') throw new Error(`a ${expression.type}`);
      const points = expression.at({ source: store, time });
      expect(points).toHaveLength(1);
      return points[0]?.value ?? Number.NaN;
    },
  };
}

describe('the count of server errors', () => {
  it.each(errorCountCases)('%s', async (name, given) => {
    const count = await highestCount(name, given, countStore(), from);
    expect(count).toBe(given.expected);
    expect(firing(count)).toEqual({ sev2: given.expected >= 5, sev3: given.expected >= 2 });
  });

  it.each([5, 15, 60])(
    'finds 5 within any 59 s of a minute, and never makes 5 of 4, scraped each %s s',
    async (scrapeSeconds) => {
      for (let start = 60; start < 120; start += 13) {
        for (const span of [0, 31, 44, 59]) {
          const errors = (count: number) =>
            Array.from({ length: count }, (_, index) => start + 0.3 + (index * span) / 4);
          const name = `${start} ${span}`;
          const count = (size: number) =>
            highestCount(
              name,
              { scrapeSeconds, evaluatedAt: 17, counters: [{ errors: errors(size) }], expected: size },
              countStore(),
              from,
            );
          expect({ start, span, found: [await count(5), await count(4)] }).toEqual({ start, span, found: [5, 4] });
        }
      }
    },
  );
});

describe('the window', () => {
  it.each([
    ['1s', '61s'],
    ['5s', '65s'],
    ['15s', '75s'],
    ['60s', '120s'],
  ])('is a minute and one scrape: %s makes %s', (scrapeInterval, window) => {
    expect(countingWindow(scrapeInterval)).toBe(window);
  });

  it.each(['15', '1m', '', '5 s'])('refuses the interval "%s"', (scrapeInterval) => {
    expect(() => countingWindow(scrapeInterval)).toThrow(`"${scrapeInterval}" is not in seconds`);
  });
});

describe('the panel that the rules link to', () => {
  it.each([sev2, sev3])('shows the number of $title, and no value when nothing is scraped', (rule) => {
    const panel = serviceOverview.panels.find(({ id }) => String(id) === rule.annotations.__panelId__);
    const ofRule = rule.data.find(({ refId }) => refId === 'A')?.model.expr;
    const shown = panel?.targets?.map(({ expr = '' }) =>
      expr
        .replace(/0 \* max\(last_over_time\(up\{.*\}\[@\{countingWindow\}\]\)\)$/, 'vector(0)')
        .replaceAll('stage=~"$stage", task=~"$task", ', ''),
    );
    expect(shown).toEqual([ofRule]);
    expect(panel?.targets?.[0]?.expr).not.toContain('vector(0)');
  });
});
