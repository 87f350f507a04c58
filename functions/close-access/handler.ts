import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { parseInput } from '../shared/input';
import { logFailure } from '../shared/logger';
import { accountShape } from '../shared/shapes';
import { closeAccess } from './close-access';
import { readConfig } from './config';

const Input = z.object({
  execution: z.string().min(1),
  // Whatever the run came to: only a run that opened access has something to close.
  state: z.object({ openAccess: z.object({ access: accountShape }).optional() }),
});

export const handler = middy((event: unknown) => {
  const input = parseInput('CloseAccess', Input, event);
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  return closeAccess(
    { execution: input.execution, access: input.state.openAccess?.access },
    { amg: connectAmg(), audit },
  );
}).use(errorLogger({ logger: logFailure }));
