import * as z from 'zod';
import type { Results } from './judge-results';

const verdict = z.object({
  name: z.string(),
  outcome: z.string(),
  found: z.string(),
  kind: z.string().optional(),
  hop: z.string().optional(),
  remedy: z.string().optional(),
  isRefused: z.boolean().optional(),
});
const result = z.object({ outcome: z.string(), detail: z.string(), checks: z.array(verdict).optional() });

/** Reads the execution's state: each key is a step with one result, or with a list of results for a Map. */
export function resultsOf(state: Readonly<Record<string, unknown>>): Results {
  const found = Object.entries(state).flatMap(([step, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((entry) => {
      const parsed = result.safeParse(entry);
      return parsed.success ? [{ step, ...parsed.data }] : [];
    }),
  );
  return {
    steps: found.map(({ step, outcome, detail }) => ({ step, outcome, detail })),
    checks: found.flatMap(({ checks }) => checks ?? []),
  };
}
