import type { Cloud } from '../cloud/contracts';

export interface TesterCall {
  readonly name: string;
  readonly method: string;
  readonly endpoint: string;
  readonly expectedStatus: number;
  readonly actualStatus?: number;
  readonly passed: boolean;
  readonly durationMs: number;
  readonly traceId: string;
}

export interface TesterRun {
  readonly run: string;
  /** Milliseconds since 1970, before the first call. */
  readonly startedAt: number;
  readonly calls: readonly TesterCall[];
  /** The tester's error, when a call was not as expected. */
  readonly error?: string;
}

/** Keeps the latest run of the tester, whoever invoked it: also warm-ups, and drills with provoked errors. */
export function watchTester(lambda: Cloud['lambda']): () => TesterRun | undefined {
  let latest: TesterRun | undefined;
  lambda.invoker.listeners.add((functionName, { payload, functionError }) => {
    if (!/-tester$/.test(functionName)) return;
    latest = functionError === undefined ? readRun(payload) : (failedRun(payload, latest) ?? latest);
  });
  return () => latest;
}

function readRun(payload: string): TesterRun | undefined {
  const { run, startedAt, calls } = JSON.parse(payload) as Partial<Record<'run' | 'startedAt' | 'calls', unknown>>;
  if (typeof run !== 'string' || typeof startedAt !== 'string' || !Array.isArray(calls)) return undefined;
  return { run, startedAt: Date.parse(startedAt), calls: calls.filter(isCall) };
}

/** A run that threw has no result: the previous measurements stay, with the error. */
function failedRun(payload: string, previous: TesterRun | undefined): TesterRun | undefined {
  const { errorMessage } = JSON.parse(payload) as { readonly errorMessage?: unknown };
  return previous && { ...previous, error: String(errorMessage) };
}

/** A trace id becomes part of queries and URLs, so it must be hexadecimal. */
function isCall(value: unknown): value is TesterCall {
  return (
    typeof value === 'object' &&
    value !== null &&
    'traceId' in value &&
    typeof value.traceId === 'string' &&
    /^[0-9a-f]{32}$/.test(value.traceId)
  );
}
