import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { contentValues } from '../shared/content-values';
import { accessShape } from '../shared/shapes';
import { step } from '../shared/step';
import { applyAlertingPart } from './apply-alerting-part';
import { readConfig } from './config';

const Input = z.object({
  item: z.enum(['contact-point', 'rules', 'policy']),
  access: accessShape,
  verifyOnly: z.boolean(),
});

export const handler = step('ApplyAlertingPart', Input, (input) => {
  const session = grafanaSessions(connectAmg(), systemClock);
  const config = readConfig(process.env);
  const audit = connectAuditStore(config.AUDIT_BUCKET);
  return applyAlertingPart(input, { session, audit, content, values: contentValues(config) });
});
