/** A call of the tester and its result; `endpoint` is the route template that the service's metrics use. */
export interface TesterCall {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly endpoint: string;
  readonly expectedStatus: number;
  readonly actualStatus?: number | undefined;
  readonly passed: boolean;
  readonly durationMs: number;
  readonly traceId: string;
  readonly key?: string | undefined;
  readonly error?: string | undefined;
}

export interface Traffic {
  readonly run: string;
  /** ISO time before the first call. */
  readonly startedAt: string;
  readonly calls: readonly TesterCall[];
}
