import * as z from 'zod';
import { connectAuditStore } from '../adapters/audit-store';
import { connectExecutions } from '../adapters/executions';
import { systemClock } from '../shared/clock';
import { step } from '../shared/step';
import { readConfig } from './config';
import { publishReport } from './publish-report';

const Input = z.object({ execution: z.string().min(1) });

export const handler = step('PublishReport', Input, (input) => {
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return publishReport(input, { executions: connectExecutions(), audit, clock: systemClock });
});
