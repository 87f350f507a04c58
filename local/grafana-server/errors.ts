/** An error response of Grafana's HTTP API: its status, `{"message": …}` and further members. */
export class GrafanaError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly members: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'GrafanaError';
  }
}

/** errutil's public form (pkg/apimachinery/errutil): message, messageId, statusCode, traceID. */
export function publicError(status: number, messageId: string, message: string): GrafanaError {
  return new GrafanaError(status, message, { extra: null, messageId, statusCode: status, traceID: '' });
}

export function badRequest(message = 'bad request data'): GrafanaError {
  return new GrafanaError(400, message);
}

/**
 * Grafana drops JSON members that it does not know; this stand-in refuses them, so that a misspelt member cannot look
 * applied.
 */
export function refuseUnknown(what: string, value: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw badRequest(
      `bad request data: ${what} has no member ${unknown.map((name) => `"${name}"`).join(', ')} (Grafana would drop it silently)`,
    );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
