import type { ExpectedFault } from '../fault';

/** A required behaviour, as worded in the list that the tests are based on, and the tests that cover it. */
export interface Statement {
  readonly topic: string;
  readonly quote: string;
  readonly triedBy: readonly (ExpectedFault | Rows | Tested)[];
}

/** Rows of the fault tables that differ in one thing only, such as the call. */
export type Rows = readonly ExpectedFault[];

/** A test outside the fault tables, by its title in the file, its `describe` first. */
export interface Tested {
  readonly file: string;
  readonly title: string;
  /** The rows of its `it.each` that cover the statement; all rows when omitted. */
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
