import type { LogLine, Series, TraceSpan } from './engines';
import type { TesterRun } from './tester-run';

export interface Chart {
  readonly title: string;
  readonly query: string;
  readonly unit: 'count' | 'seconds';
  readonly series: readonly Series[];
}

/** One run of the tester with its data from the engines. A problem names an engine that did not answer. */
export interface Signals {
  readonly run: TesterRun;
  readonly from: number;
  readonly to: number;
  readonly charts: readonly Chart[];
  /** By trace id. */
  readonly traces: ReadonlyMap<string, readonly TraceSpan[]>;
  readonly logs: ReadonlyMap<string, readonly LogLine[]>;
  readonly problems: readonly string[];
}
