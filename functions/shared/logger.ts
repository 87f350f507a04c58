type Field = string | number | boolean | null | undefined | readonly string[];

/** Writes one JSON line with a stable code and fields. Values go into fields, not into sentences. Never a token. */
export function log(
  code: string,
  fields: Readonly<Record<string, Field>> = {},
  level: 'INFO' | 'WARN' | 'ERROR' = 'INFO',
): void {
  process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, code, ...fields })}\n`);
}

/**
 * middy's error-logger with our own log line: the default prints the whole error, and an SDK error includes the
 * response.
 */
export function logFailure(request: { readonly error: Error | null | undefined }): void {
  const { error } = request;
  log('FUNCTION_FAILED', { error: error?.name, message: error?.message, cause: causeOf(error) }, 'ERROR');
}

function causeOf(error: Error | null | undefined): string | undefined {
  return error?.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
}
