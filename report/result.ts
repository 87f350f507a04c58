/** The members of a step's result that a report shows (docs/architecture.md, "Setup machine"). */
export interface TaskResult {
  /** `added`, `updated`, `unchanged`, `removed`, `done`, `pending`, `drifted`, `passed`, `failed`, `warned`, `not-evaluated`. */
  readonly outcome?: string;
  /** One line for readers. */
  readonly detail?: string;
  /** A loop's check: `READY` or `PENDING`. */
  readonly status?: string;
  /** All other members of the result: the report's evidence. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Reads a task's output: a Lambda's payload from the `lambda:invoke` envelope, or the output itself. */
export function readResult(output: string | undefined): TaskResult | undefined {
  const value = parse(output);
  if (!isRecord(value)) return undefined;
  const payload = 'Payload' in value ? unwrap(value['Payload']) : value;
  if (!isRecord(payload)) return undefined;
  const { outcome, detail, status, ...evidence } = payload;
  return {
    ...(typeof outcome === 'string' && { outcome }),
    ...(typeof detail === 'string' && { detail }),
    ...(typeof status === 'string' && { status }),
    evidence,
  };
}

function unwrap(payload: unknown): unknown {
  return typeof payload === 'string' ? parse(payload) : payload;
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
