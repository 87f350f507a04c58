/** A fault and its expected result, written before the first run. The expectation is never changed to fit a result. */
export interface ExpectedFault {
  /** Unique in the whole suite. */
  readonly id: string;
  readonly plane: 'control plane' | 'hostile answers' | 'interruption' | 'security' | 'data plane' | 'input' | 'load';
  readonly broken: string;
  readonly often: 'once' | 'for good' | 'many times';
  readonly expected: string;
}
