import * as z from 'zod';
import { connectAuditStore } from '../adapters/audit-store';
import { connectExecutions } from '../adapters/executions';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { takeLock } from './take-lock';

const Input = z.object({
  execution: z.string().min(1),
  request: z
    .object({ mode: z.enum(['apply', 'verify', 'drill']).default('apply') })
    .nullish()
    .transform((request) => request ?? { mode: 'apply' as const }),
});

export const handler = step('TakeLock', Input, (input) => {
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return takeLock(
    { execution: input.execution, mode: input.request.mode },
    { audit, executions: connectExecutions(), clock: systemClock },
  );
});
