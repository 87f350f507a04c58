import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { contentValues } from '../shared/content-values';
import { accessShape } from '../shared/shapes';
import { step } from '../shared/step';
import { applyDashboard } from './apply-dashboard';
import { readConfig } from './config';

const Input = z.object({
  item: z.object({ uids: z.array(z.string()), prune: z.boolean() }),
  access: accessShape,
  verifyOnly: z.boolean(),
  run: z.string().min(1),
});

export const handler = step('ApplyDashboard', Input, (input) => {
  const session = grafanaSessions(connectAmg(), systemClock);
  const config = readConfig(process.env);
  const audit = connectAuditStore(config.AUDIT_BUCKET);
  return applyDashboard(input, { session, audit, content, values: contentValues(config) });
});
