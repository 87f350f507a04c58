import type { Entry } from '../store';

/** An entry on its way through a pipeline. `parsed` holds what stages added; a later one wins over an earlier. */
export interface Line {
  readonly entry: Entry;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly parsed: ReadonlySet<string>;
}
