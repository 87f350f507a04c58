import type { exitCodes } from './exit-codes';

/** An error that the user can correct: shown as one message without a stack trace, with its exit code. */
export class Problem extends Error {
  override readonly name: string;
  readonly exit: keyof typeof exitCodes | undefined;

  constructor(name: string, message: string, options: { exit?: keyof typeof exitCodes; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = name;
    this.exit = options.exit;
  }
}

export function problem(name: string, message: string, options?: ConstructorParameters<typeof Problem>[2]): Problem {
  return new Problem(name, message, options);
}

/**
 * The `name` of an SDK error (`ExpiredTokenException`), or the code of a system error (`ECONNREFUSED`), of the error or
 * its cause.
 */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (error.name === 'Error' || error.name === 'AggregateError' || error.name === 'TypeError') {
    if (typeof code === 'string') return code;
    if (error.cause !== undefined) return errorName(error.cause);
  }
  return error.name;
}

export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message) return error.message;
  return error instanceof AggregateError && error.errors.length > 0 ? errorMessage(error.errors[0]) : errorName(error);
}

/** Errors of the framework or the SDK's credential chain when there are no credentials; nothing was sent. */
export function hasNoCredentials(error: unknown): boolean {
  return /credentials not found|could not load credentials/i.test(errorMessage(error));
}
