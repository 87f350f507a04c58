import * as z from 'zod';
import { connectAmg } from '../adapters/amg';
import { connectAuditStore } from '../adapters/audit-store';
import { grafanaSessions } from '../adapters/grafana-session';
import { SIGNAL_GROUPS } from '../domain/checks/names';
import { systemClock } from '../shared/clock';
import { content } from '../shared/content';
import { accessShape, serviceShape, trafficShape } from '../shared/shapes';
import { step } from '../shared/step';
import { readConfig } from './config';
import { verifySignal } from './verify-signal';

const Input = z.object({
  item: z.union([z.enum(SIGNAL_GROUPS), z.object({ service: serviceShape })]),
  execution: z.string().min(1),
  access: accessShape,
  traffic: trafficShape,
  verifyOnly: z.boolean(),
});

export const handler = step('VerifySignal', Input, (input) => {
  const { STAGE, AUDIT_BUCKET, ALERT_TOPIC_ARN, UNEXPLAINED_REQUESTS, SCRAPE_INTERVAL } = readConfig(process.env);
  const audit = connectAuditStore(AUDIT_BUCKET);
  const counting = {
    unexplainedRequests: UNEXPLAINED_REQUESTS,
    scrapeInterval: Number.parseInt(SCRAPE_INTERVAL, 10) * 1000,
    stage: STAGE,
  };
  const session = grafanaSessions(connectAmg(), systemClock);
  return verifySignal(input, { session, audit, content, clock: systemClock, counting, alertTopicArn: ALERT_TOPIC_ARN });
});
