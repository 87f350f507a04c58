import * as z from 'zod';
import { connectAuditStore } from '../adapters/audit-store';
import { connectExecutions } from '../adapters/executions';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { takeLock } from './take-lock';

const Input = z.object({
  execution: z.string().min(1),
  /** The execution's input: any JSON. */
  request: z.object(
    {
      mode: z.enum(['apply', 'verify', 'drill'], { error: 'must be "apply", "verify" or "drill"' }).default('apply'),
    },
    { error: 'must be an object, such as {} or {"mode": "verify"}' },
  ),
});

export const handler = step('TakeLock', Input, (input) => {
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return takeLock(
    { execution: input.execution, mode: input.request.mode },
    { audit, executions: connectExecutions(), clock: systemClock },
  );
});
