/** The data that states pass to each other, under the names of setup.asl.yaml. */
import * as z from 'zod';

/** A workspace as CheckConfiguration reports it. `endpoint` is Grafana's address, with or without a scheme. */
export const workspaceShape = z.object({
  id: z.string().min(1),
  endpoint: z.string().min(1),
  grafanaVersion: z.string().min(1),
});

/** The service account whose tokens the run mints and deletes; its id is empty if a verification found none. */
export const accountShape = z.object({ workspaceId: z.string().min(1), serviceAccountId: z.string() });

/** What a function needs to call Grafana. It contains no token: each function mints its own. */
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

export const probeShape = z.object({
  service: z.string(),
  url: z.string(),
  expectedStatus: z.number().int(),
  actualStatus: z.number().int().optional(),
  durationMs: z.number(),
  traceId: z.string(),
  error: z.string().optional(),
});

/** The tester's result. */
export const trafficShape = z.object({
  run: z.string(),
  startedAt: z.string(),
  calls: z.array(callShape),
  probes: z.array(probeShape).optional(),
});

/** A service of services.yml besides the data processor, as params/services.ts returns it. */
export const serviceShape = z.object({
  name: z.string().min(1),
  kind: z.enum(['ecs', 'lambda', 'eks', 'other']),
  metrics: z.union([
    z.enum(['otlp', 'remote-write']),
    z.object({
      ecs: z.object({ cluster: z.string(), service: z.string(), port: z.number().int(), path: z.string() }),
    }),
  ]),
  signals: z.array(z.enum(['metrics', 'traces', 'logs'])),
  interval: z.number().positive(),
  probe: z.object({ url: z.url(), expect: z.number().int() }).optional(),
  require: z.enum(['fail', 'warn']),
});
