import * as z from 'zod';
import { connectAuditStore } from '../adapters/audit-store';
import { connectExecutions } from '../adapters/executions';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { recordFailure } from './record-failure';

const Input = z.object({ execution: z.string().min(1), failure: z.object({ Error: z.string(), Cause: z.string() }) });

export const handler = step('RecordFailure', Input, (input) => {
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return recordFailure(input, { executions: connectExecutions(), audit, clock: systemClock });
});
