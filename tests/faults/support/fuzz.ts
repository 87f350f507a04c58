import fc from 'fast-check';

/** FUZZ_SEED repeats a run. Each run's seed is in its note. */
export const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

export const fuzzOptions = (numRuns: number) => ({ seed, numRuns, endOnFailure: true });

/** Any code points, unassigned and control characters included. */
export const text = fc.string({ unit: 'binary', maxLength: 40 });
