import { MemoryStore, SampleRejected } from '../../../aws/aps/memory-store';
import { parsePromql } from '../../../aws/aps/promql/parse';
import type { Labels } from '../../../engines/wire/labels';
import { labelsText, promqlCases, promqlSeries } from '../../support/promql-cases';

const minute = 60_000;
const now = Date.parse('2026-11-23T12:00:00Z');

/** Series in the notation of Prometheus's own tests: one value a minute, the last at `now`; `_` is a missing sample. */
function load(...series: readonly (readonly [labels: Labels, values: string])[]): MemoryStore {
  const store = new MemoryStore();
  for (const [labels, text] of series) {
    const values = text.split(' ');
    const samples = values.flatMap((value, index) =>
      value === '_' ? [] : [{ value: Number(value), timestamp: now - (values.length - 1 - index) * minute }],
    );
    store.append([{ labels, samples }], []);
  }
  return store;
}

function evaluate(store: MemoryStore, query: string, time = now): Record<string, number> | number {
  const expression = parsePromql(query);
  if (expression.type === 'scalar') return expression.at({ source: store, time });
  if (expression.type !== 'vector') throw new Error(`a ${expression.type}`);
  return Object.fromEntries(
    expression.at({ source: store, time }).map(({ labels, value }) => [labelsText(labels), value]),
  );
}

const requests = load(...promqlSeries);

describe('PromQL', () => {
  it.each(promqlCases)('%s', (query, expected) => {
    const actual = evaluate(requests, query);
    if (typeof expected === 'number' || typeof actual === 'number') expect(actual).toBeCloseTo(Number(expected));
    else {
      expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
      for (const [key, value] of Object.entries(expected)) expect(actual[key]).toBeCloseTo(value);
    }
  });

  it('tells the time of a sample by timestamp(), and of anything else the time of the evaluation', () => {
    const store = load([{ __name__: 'a', job: 'x' }, '1 2 _'], [{ __name__: 'b', job: 'x' }, '1']);
    expect(evaluate(store, 'timestamp(a)')).toEqual({ 'job=x': now / 1000 - 60 });
    expect(evaluate(store, 'max by (job) (timestamp({job="x", __name__!~"up|b"}))')).toEqual({
      'job=x': now / 1000 - 60,
    });
    expect(evaluate(store, 'timestamp(-a)')).toEqual({ 'job=x': now / 1000 });
    expect(evaluate(store, 'max_over_time(max by (job) (timestamp(a))[1h:1m])', now + 30 * minute)).toEqual({
      'job=x': now / 1000 - 60,
    });
    expect(evaluate(store, 'timestamp(a)', now + 6 * minute)).toEqual({});
  });

  it('extrapolates increase to the range and adds counter resets back, as Prometheus does', () => {
    // Calculated by hand from Prometheus's extrapolatedRate: 4 samples a minute apart in (0, 4m], a reset in the
    // middle.
    const store = load([{ __name__: 'c' }, '10 20 5 15']);
    expect(evaluate(store, 'increase(c[4m])')).toEqual({ '': 25 * ((180 + 60) / 180) });
    // A counter near zero is not extrapolated below zero: 30 s × 1/10 of 180 s.
    const young = load([{ __name__: 'c' }, '1 4 8 11']);
    expect(evaluate(young, 'increase(c[4m])')).toEqual({ '': 10 * ((180 + 18) / 180) });
  });

  it('ignores a sample after five minutes, or at once after a stale marker', () => {
    const store = load([{ __name__: 'a' }, '1'], [{ __name__: 'b' }, '1']);
    expect(evaluate(store, 'a', now + 5 * minute - 1)).toEqual({ '__name__=a': 1 });
    expect(evaluate(store, 'a', now + 5 * minute)).toEqual({});
    store.append([{ labels: { __name__: 'b' }, samples: [{ value: Number.NaN, timestamp: now + minute }] }], []);
    expect(evaluate(store, 'b', now + minute)).toEqual({});
  });

  it.each([
    ['', /no expression found in input/],
    ['sum(', /1:5: parse error: unexpected end of input/],
    ['up{job="a"', /parse error: unexpected end of input/],
    ['nope(up)', /1:1: parse error: unknown function with name "nope"/],
    ['rate(up)', /1:6: parse error: expected type range vector in call to function "rate", got instant vector/],
    ['sum(up[5m])', /expected type instant vector in aggregation expression, got range vector/],
    ['{job=~".*"}', /must contain at least one non-empty matcher/],
    ['1 == 1', /comparisons between scalars must use BOOL modifier/],
    ['up[5m] + 1', /binary expression must contain only scalar and instant vector types/],
  ])('refuses %s with the place and the reason', (query, reason) => {
    expect(() => parsePromql(query)).toThrow(
      expect.objectContaining({ name: 'PromqlParseError', message: expect.stringMatching(reason) }),
    );
  });

  it.each([
    ['predict_linear(up[5m], 60)', /predict_linear/],
    ['count_values("v", up)', /count_values/],
    ['up @ 1', /up @ 1/],
  ])('names what it does not evaluate: %s', (query, reason) => {
    expect(() => parsePromql(query)).toThrow(
      expect.objectContaining({ name: 'PromqlUnsupported', message: expect.stringMatching(reason) }),
    );
  });

  it('refuses a match that is not one to one', () => {
    expect(() => evaluate(requests, 'up * on () up')).toThrow(/many-to-many matching not allowed/);
  });
});

describe('the memory store', () => {
  const write = (store: MemoryStore, value: number, timestamp: number, labels: Labels = { __name__: 'm' }) =>
    store.append([{ labels, samples: [{ value, timestamp }] }], []);

  it('accepts a sample that is late by less than the window, and an identical sample twice', () => {
    const store = new MemoryStore();
    write(store, 2, now);
    write(store, 1, now - 59_000);
    write(store, 2, now);
    expect(evaluate(store, 'count_over_time(m[5m])')).toEqual({ '': 2 });
  });

  it.each<[string, number, number, Labels]>([
    ['out of order sample', 1, now - 61_000, { __name__: 'm' }],
    ['duplicate sample for timestamp', 3, now, { __name__: 'm' }],
    ['missing metric name', 1, now, { job: 'x' }],
    ['label name "a-b" is invalid', 1, now, { __name__: 'm', 'a-b': 'c' }],
  ])('refuses what AMP refuses: %s', (reason, value, timestamp, labels) => {
    const store = new MemoryStore();
    write(store, 2, now);
    expect(() => write(store, value, timestamp, labels)).toThrow(SampleRejected);
    expect(() => write(store, value, timestamp, labels)).toThrow(reason);
  });

  it('keeps the good samples of a write that has a bad one', () => {
    const store = new MemoryStore();
    write(store, 2, now);
    const samples = (value: number, timestamp: number) => [{ value, timestamp }];
    expect(() =>
      store.append(
        [
          { labels: { __name__: 'm' }, samples: samples(9, now) },
          { labels: { __name__: 'n' }, samples: samples(7, now) },
        ],
        [],
      ),
    ).toThrow();
    expect(evaluate(store, 'n')).toEqual({ '__name__=n': 7 });
  });
});
