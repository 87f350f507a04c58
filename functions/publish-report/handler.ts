import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAuditStore } from '../adapters/audit-store';
import { connectExecutions } from '../adapters/executions';
import { systemClock } from '../shared/clock';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { readConfig } from './config';
import { publishReport } from './publish-report';

const Input = z.object({ execution: z.string().min(1) });

export const handler = middy((event: unknown) => {
  const input = parseInput('PublishReport', Input, event);
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return publishReport(input, { executions: connectExecutions(), audit, clock: systemClock });
}).use(errorLogger({ logger: logFailure }));
