import { fill } from '../../functions/domain/content';
import { countingWindow } from '../../functions/domain/counting-window';
import { objectiveValues } from '../../functions/domain/objective';
import { objective } from '../../functions/shared/content';
import sev2 from '../../grafana/alerting/rules/server-errors-sev2.json';
import sev3 from '../../grafana/alerting/rules/server-errors-sev3.json';
import type { Labels } from '../../local/engines/wire/labels';

/** One task's counter of one status; times are in seconds since the case began. */
export interface Counter {
  readonly task?: string;
  readonly status?: string;
  /** When requests failed. */
  readonly errors: readonly number[];
  /** When the process started: no series before, and errors count from zero. */
  readonly startedAt?: number;
  /** When the process ends: no scrape after it. Prometheus marks the series stale at the next scrape interval. */
  readonly endedAt?: number;
  /** A restart in the same task: the counter begins at zero again. */
  readonly restartedAt?: number;
  /** The counter's value before the case began. */
  readonly before?: number;
}

export interface ErrorCountCase {
  readonly scrapeSeconds: number;
  readonly counters: readonly Counter[];
  /** Start and end of a time in which scrapes fail or their samples are lost. */
  readonly gap?: readonly [from: number, to: number];
  /** Delay between the scrape and the store. */
  readonly lagSeconds?: number;
  /** Second of the minute at which the rule is evaluated. */
  readonly evaluatedAt?: number;
  /** The highest count that any evaluation sees. */
  readonly expected: number;
}

const burst = (count: number, at: number, spacing = 0.1) =>
  Array.from({ length: count }, (_, index) => at + index * spacing);
const one = (errors: readonly number[], rest: Partial<Counter> = {}): readonly Counter[] => [{ errors, ...rest }];

/**
 * One case per burst size and scrape interval, evaluated one second before, at and one second after the scrape of the
 * burst.
 */
const bursts = [5, 15, 60].flatMap((scrapeSeconds) =>
  [5, 4, 2, 1].flatMap((size) =>
    [0, 1, 59].map((evaluatedAt): [name: string, given: ErrorCountCase] => [
      `${size} at once, scraped each ${scrapeSeconds} s, evaluated at :${String(evaluatedAt).padStart(2, '0')}`,
      { scrapeSeconds, evaluatedAt, counters: one(burst(size, 119.2)), expected: size },
    ]),
  ),
);

export const errorCountCases: readonly (readonly [name: string, given: ErrorCountCase])[] = [
  ...bursts,
  ['5 spread over 59 s', { scrapeSeconds: 15, counters: one(burst(5, 74.5, 14.75)), expected: 5 }],
  [
    '5 across an evaluation, 3 before and 2 after',
    { scrapeSeconds: 5, counters: one([100, 105, 110, 122, 127]), expected: 5 },
  ],
  [
    '4 within a minute and one 70 s after them',
    { scrapeSeconds: 5, counters: one([...burst(4, 101), 171]), expected: 4 },
  ],
  ['one each half minute, for ever', { scrapeSeconds: 5, counters: one(burst(12, 30, 30)), expected: 3 }],
  [
    'a counter that has counted 1,000 before',
    { scrapeSeconds: 15, counters: one(burst(5, 130), { before: 1_000 }), expected: 5 },
  ],
  ['a counter that stands still at 1,000', { scrapeSeconds: 15, counters: one([], { before: 1_000 }), expected: 0 }],
  [
    'a series that is new with its first error',
    { scrapeSeconds: 15, counters: one(burst(5, 131), { startedAt: 130 }), expected: 5 },
  ],
  [
    'the fifth error of a new series is another status',
    {
      scrapeSeconds: 15,
      counters: [
        { status: '500', errors: burst(4, 131) },
        { status: '503', errors: [133], startedAt: 130 },
      ],
      expected: 5,
    },
  ],
  [
    '3 on one task and 2 on another',
    {
      scrapeSeconds: 5,
      counters: [
        { task: 'a', errors: burst(3, 130) },
        { task: 'b', errors: burst(2, 150) },
      ],
      expected: 5,
    },
  ],
  [
    '2 on each of two tasks',
    {
      scrapeSeconds: 5,
      counters: [
        { task: 'a', errors: burst(2, 130) },
        { task: 'b', errors: burst(2, 150) },
      ],
      expected: 4,
    },
  ],
  [
    '3 on a task that then dies, 2 on the one that takes its place',
    {
      scrapeSeconds: 5,
      counters: [
        { task: 'a', errors: burst(3, 130), endedAt: 137 },
        { task: 'b', errors: burst(2, 165), startedAt: 160 },
      ],
      expected: 5,
    },
  ],
  [
    'a task with 1,000 errors comes to its end',
    { scrapeSeconds: 5, counters: one([], { before: 1_000, endedAt: 137 }), expected: 0 },
  ],
  [
    'a restart that begins at zero again',
    { scrapeSeconds: 5, counters: one(burst(5, 150), { before: 1_000, restartedAt: 140 }), expected: 5 },
  ],
  [
    'a restart without an error',
    { scrapeSeconds: 5, counters: one([], { before: 1_000, restartedAt: 140 }), expected: 0 },
  ],
  [
    '5 while scrapes fail for three minutes',
    { scrapeSeconds: 15, counters: one(burst(5, 200)), gap: [140, 320], expected: 5 },
  ],
  [
    '4 while scrapes fail for three minutes',
    { scrapeSeconds: 15, counters: one(burst(4, 200)), gap: [140, 320], expected: 4 },
  ],
  ['one scrape of a minute fails', { scrapeSeconds: 60, counters: one(burst(5, 150)), gap: [170, 190], expected: 5 }],
  ['samples that come 20 s late', { scrapeSeconds: 5, lagSeconds: 20, counters: one(burst(5, 113)), expected: 5 }],
  [
    'samples that come 20 s late, scraped each minute',
    { scrapeSeconds: 60, lagSeconds: 20, counters: one(burst(5, 113)), expected: 5 },
  ],
];

/** The NaN by which Prometheus marks that a series has ended (model/value/value.go, StaleNaN). */
const STALE = new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer)[0] ?? Number.NaN;

const counterName = 'http_requests_total';

/** Scrapes before the case begins, so that a counter with a value is already stored. */
const HISTORY_SECONDS = 360;

/** The metrics store of a case: takes samples and answers a query whose result is a vector of one value. */
export interface CountStore {
  write(series: readonly { labels: Labels; samples: readonly { value: number; timestamp: number }[] }[]): Promise<void>;
  value(query: string, time: number): Promise<number>;
}

/** Scrapes, stores and evaluates eight minutes of a case. Returns the highest count of any evaluation. */
export async function highestCount(
  name: string,
  given: ErrorCountCase,
  store: CountStore,
  from: number,
): Promise<number> {
  const { scrapeSeconds, lagSeconds = 0, evaluatedAt = 0, gap } = given;
  // The cases share one store. A label keeps their series apart.
  const expression = ruleExpression(scrapeSeconds).replaceAll(`${counterName}{`, `${counterName}{case="${name}", `);
  let highest = 0;
  let written = -HISTORY_SECONDS - 1;
  for (let at = 60 + evaluatedAt; at <= 480; at += 60) {
    const scrapes = range(-HISTORY_SECONDS, at - lagSeconds, scrapeSeconds).filter((time) => time > written);
    written = scrapes.at(-1) ?? written;
    const kept = scrapes.filter((time) => gap === undefined || time <= gap[0] || time >= gap[1]);
    const series = given.counters.map((counter) => ({
      labels: {
        __name__: counterName,
        case: name,
        task: counter.task ?? 'a',
        status: counter.status ?? '500',
      },
      samples: kept
        .flatMap((time) => sample(counter, time, scrapeSeconds))
        .map(({ time, value }) => ({ value, timestamp: from + time * 1000 })),
    }));
    await store.write(series.filter(({ samples }) => samples.length > 0));
    highest = Math.max(highest, await store.value(expression, from + at * 1000));
  }
  return highest;
}

/** Whether each rule would alert at this count. */
export function firing(count: number): { readonly sev2: boolean; readonly sev3: boolean } {
  return { sev2: count > thresholdOf(sev2), sev3: count > thresholdOf(sev3) };
}

/** The rules' query at this scrape interval. */
function ruleExpression(scrapeSeconds: number): string {
  const scrapeInterval = `${scrapeSeconds}s`;
  const values = { ...objectiveValues(objective), scrapeInterval, countingWindow: countingWindow(scrapeInterval) };
  const data = fill(sev2.data, values);
  const [expression] = data.flatMap(({ model }) => model.expr ?? []);
  if (!expression?.includes(`${counterName}{`)) throw new Error(`The rule does not count ${counterName}{…}.`);
  return expression;
}

function thresholdOf(rule: typeof sev2): number {
  const evaluator = rule.data.flatMap(({ model }) => ('conditions' in model ? model.conditions : []))[0]?.evaluator;
  if (evaluator?.type !== 'gt' || evaluator.params[0] === undefined) throw new Error('The rule has no threshold "gt".');
  return evaluator.params[0];
}

function sample(counter: Counter, time: number, scrapeSeconds: number): readonly { time: number; value: number }[] {
  const {
    startedAt = Number.NEGATIVE_INFINITY,
    endedAt = Number.POSITIVE_INFINITY,
    restartedAt,
    before = 0,
    errors,
  } = counter;
  if (time < startedAt) return [];
  if (time > endedAt) return time - scrapeSeconds <= endedAt ? [{ time, value: STALE }] : [];
  const restarted = restartedAt !== undefined && time >= restartedAt;
  const since = restarted ? restartedAt : Number.NEGATIVE_INFINITY;
  return [{ time, value: (restarted ? 0 : before) + errors.filter((error) => error >= since && error <= time).length }];
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.max(0, Math.floor((to - from) / step) + 1) }, (_, index) => from + index * step);
}
