/** Reads an error by its members: fetch's errors come from another realm under test and fail `instanceof Error`. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly cause?: Thrown | undefined;
}

export function readThrown(value: unknown): Thrown {
  if (typeof value !== 'object' || value === null) return { name: 'Error', message: String(value) };
  const { name, message, code, cause } = value as Readonly<Record<string, unknown>>;
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    ...(typeof code === 'string' && { code }),
    ...(cause !== undefined && { cause: readThrown(cause) }),
  };
}
