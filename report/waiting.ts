/** A check that has not passed yet, as VerifySignal writes it between its attempts. */
export interface Waiting {
  readonly name: string;
  /** In a few words: `Tasks scraped: empty`. */
  readonly what: string;
  readonly looks: number;
  /** ISO 8601: when it gives up. */
  readonly until: string;
}

export function isWaiting(value: unknown): value is Waiting {
  if (typeof value !== 'object' || value === null) return false;
  const { name, what, looks, until } = value as Partial<Record<keyof Waiting, unknown>>;
  return typeof name === 'string' && typeof what === 'string' && typeof looks === 'number' && typeof until === 'string';
}

/** `Tasks scraped: empty, look 12, until 14:03`; `clock` writes the time of day. */
export function waitingText({ what, looks, until }: Waiting, clock: (at: Date) => string): string {
  return `${what}, look ${looks}, until ${clock(new Date(until))}`;
}
