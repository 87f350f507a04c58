import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { accountShape } from '../shared/shapes';
import { step } from '../shared/step';
import { closeAccess } from './close-access';
import { readConfig } from './config';

const Input = z.object({
  execution: z.string().min(1),
  // Absent if the run ended before OpenAccess, and without an id if a verification found no account: then there are
  // no tokens to delete.
  state: z.object({ openAccess: z.object({ access: accountShape }).optional() }),
});

export const handler = step('CloseAccess', Input, (input) => {
  const audit = connectAuditStore(readConfig(process.env).AUDIT_BUCKET);
  const { access } = input.state.openAccess ?? {};
  return closeAccess(
    { execution: input.execution, access: access?.serviceAccountId ? access : undefined },
    { amg: connectAmg(), audit },
  );
});
