import type { ExpectedFault } from '../fault';

/** Something that must happen, in the words of the list that the project's tests start from, and what tries it. */
export interface Statement {
  readonly topic: string;
  readonly quote: string;
  readonly triedBy: readonly (ExpectedFault | Rows | Tested)[];
}

/** Rows of the tables that differ in one thing only, such as the call. */
export type Rows = readonly ExpectedFault[];

/** A test outside of the tables, by its title as it is in the file, that of its `describe` first. */
export interface Tested {
  readonly file: string;
  readonly title: string;
  /** The rows of its `it.each` that try the statement; all of them when there are none here. */
  readonly cases: readonly string[];
}

export const tested = (file: string, title: string, ...cases: readonly string[]): Tested => ({
  file: `tests/${file}.test.ts`,
  title,
  cases,
});

export type Demanded = readonly [quote: string, ...triedBy: Statement['triedBy']];

export const about = (topic: string, demanded: readonly Demanded[]): readonly Statement[] =>
  demanded.map(([quote, ...triedBy]) => ({ topic, quote, triedBy }));
