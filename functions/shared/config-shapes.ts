import * as z from 'zod';

/** Comma-separated, at least one entry. */
export const list = z
  .string()
  .min(1)
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );

/** Comma-separated; empty or missing is no entry. */
export const optionalList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );
