import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAuditStore } from '../adapters/audit-store';
import { connectExecutions } from '../adapters/executions';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { takeLock } from './take-lock';

const Input = z.object({
  execution: z.string().min(1),
  request: z
    .object({ mode: z.enum(['apply', 'verify', 'drill']).default('apply') })
    .nullish()
    .transform((request) => request ?? { mode: 'apply' as const }),
});

export const handler = middy((event: unknown) => {
  const input = parseInput('TakeLock', Input, event);
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return takeLock(
    { execution: input.execution, mode: input.request.mode },
    { audit, executions: connectExecutions(), clock: systemClock },
  );
}).use(errorLogger({ logger: logFailure }));
