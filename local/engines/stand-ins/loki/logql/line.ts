import type { Entry } from '../store';

/**
 * A log entry inside a pipeline. `parsed` has the labels that stages added; a later stage overwrites an earlier one.
 */
export interface Line {
  readonly entry: Entry;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly parsed: ReadonlySet<string>;
}
