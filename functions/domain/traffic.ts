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

/** A request that the tester sent to an attached service, and what came back. */
export interface Probe {
  readonly service: string;
  readonly url: string;
  readonly expectedStatus: number;
  readonly actualStatus?: number | undefined;
  readonly durationMs: number;
  readonly traceId: string;
  /** Why there was no answer. */
  readonly error?: string | undefined;
}

export interface Traffic {
  readonly run: string;
  /** ISO time before the first call. */
  readonly startedAt: string;
  readonly calls: readonly TesterCall[];
  /** Of the attached services that have one. */
  readonly probes?: readonly Probe[] | undefined;
}
