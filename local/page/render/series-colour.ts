import type { Series } from '../engines';

/** Colours with a meaning, the same on every chart and on Grafana's dashboards. */
export type Colour = 'green' | 'blue' | 'orange' | 'red';

/** Colour of an HTTP response by its status class. */
const statusColours: Readonly<Record<string, Colour>> = { 2: 'green', 3: 'blue', 4: 'orange', 5: 'red' };

/** Colour of an operation's result: success, caused by the caller, or an error of the service. */
const resultColours: Readonly<Record<string, Colour>> = {
  success: 'green',
  not_found: 'orange',
  exists: 'orange',
  conflict: 'orange',
  aborted: 'orange',
  refused: 'red',
  unavailable: 'red',
  timeout: 'red',
  error: 'red',
};

/** The colour for a series' labels; undefined where no colour has a meaning. */
export function meaningOf({ status, result }: Series['labels']): Colour | undefined {
  if (status !== undefined) return statusColours[status[0] ?? ''];
  return result === undefined ? undefined : resultColours[result];
}

/** Classes of the page's style sheet; 0 to 5 are colours. */
const classes: Readonly<Record<Colour, string>> = { blue: 'c0', green: 'c1', orange: 'c2', red: 'c3' };
const lastClass = 5;

/** Each line's classes: its colour, and dashes where an earlier line has the same colour. */
export function lineClasses(lines: readonly Series[]): readonly string[] {
  const taken = new Map<string, number>();
  return lines.map(({ labels }, index) => {
    const meaning = meaningOf(labels);
    const colour = meaning === undefined ? `c${Math.min(index, lastClass)}` : classes[meaning];
    const before = taken.get(colour) ?? 0;
    taken.set(colour, before + 1);
    return before === 0 ? colour : `${colour} d${Math.min(before, 2)}`;
  });
}
