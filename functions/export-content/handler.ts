import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { grafanaSessions } from '../adapters/grafana-session';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { step } from '../shared/step';
import { readConfig } from './config';
import { exportContent } from './export-content';

const Input = z.object({ execution: z.string().min(1) });

export const handler = step('ExportContent', Input, (input) => {
  const { STACK_NAME: stackName, KEEP_DATA: keep, AUDIT_BUCKET } = readConfig(process.env);
  const amg = connectAmg();
  const session = grafanaSessions(amg, systemClock);
  return exportContent(input, { amg, session, audit: connectAuditStore(AUDIT_BUCKET), content, stackName, keep });
});
