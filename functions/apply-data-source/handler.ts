import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { contentValues } from '../shared/content-values';
import { accessShape } from '../shared/shapes';
import { step } from '../shared/step';
import { applyDataSource } from './apply-data-source';
import { readConfig } from './config';

const Input = z.object({ item: z.string(), access: accessShape, verifyOnly: z.boolean() });

export const handler = step('ApplyDataSource', Input, (input) => {
  const session = grafanaSessions(connectAmg(), systemClock);
  const config = readConfig(process.env);
  return applyDataSource(input, {
    session,
    audit: connectAuditStore(config.AUDIT_BUCKET),
    content,
    values: contentValues(config),
    clock: systemClock,
  });
});
