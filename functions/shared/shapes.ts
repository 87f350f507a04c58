/** The shapes that states hand to each other, as setup.asl.yaml names them. */
import * as z from 'zod';

/** A workspace as CheckConfiguration reports it: Grafana answers at `endpoint` (which may come with or without a scheme). */
export const workspaceShape = z.object({
  id: z.string().min(1),
  endpoint: z.string().min(1),
  grafanaVersion: z.string().min(1),
});

/** Whose tokens the run mints and sweeps. */
export const accountShape = z.object({ workspaceId: z.string().min(1), serviceAccountId: z.string().min(1) });

/** What a function needs to reach into Grafana: never a token, which is minted where it is used. */
export const accessShape = z.object({
  workspaceId: z.string().min(1),
  endpoint: z.string().min(1),
  grafanaVersion: z.string().min(1),
  serviceAccountId: z.string().min(1),
});

export const callShape = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  endpoint: z.string(),
  expectedStatus: z.number().int(),
  actualStatus: z.number().int().optional(),
  passed: z.boolean(),
  durationMs: z.number(),
  traceId: z.string(),
  key: z.string().optional(),
  error: z.string().optional(),
});

/** The tester's result. */
export const trafficShape = z.object({ run: z.string(), startedAt: z.string(), calls: z.array(callShape) });
