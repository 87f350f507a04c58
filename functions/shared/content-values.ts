import * as z from 'zod';
import type { Values } from '../domain/content';
import { countingWindow } from '../domain/counting-window';
import { objectiveValues } from '../domain/objective';
import { objective } from './content';

/** Environment variables that give the placeholders in grafana/ their values. */
export const contentEnvironment = {
  STACK_NAME: z.string().min(1),
  AWS_REGION: z.string().min(1),
  LOKI_URL: z.url(),
  TEMPO_URL: z.url(),
  PROMETHEUS_ENDPOINT: z.url(),
  ALERT_TOPIC_ARN: z.string().min(1),
  TESTER_SCHEDULE: z.enum(['ENABLED', 'DISABLED']),
  SCRAPE_INTERVAL: z.string().regex(/^\d+s$/),
  /** Task sizes as in the task definitions: CPU units (1,024 are one vCPU) and MiB. */
  TASK_CPU: z.coerce.number().positive(),
  TASK_MEMORY: z.coerce.number().positive(),
  STORE_CPU: z.coerce.number().positive(),
  STORE_MEMORY: z.coerce.number().positive(),
};

const shape = z.object(contentEnvironment);

export function contentValues(config: z.infer<typeof shape>): Values {
  return {
    stack: config.STACK_NAME,
    region: config.AWS_REGION,
    lokiUrl: config.LOKI_URL,
    tempoUrl: config.TEMPO_URL,
    // AMP's endpoint ends in a slash, and the data source adds its own.
    prometheusUrl: config.PROMETHEUS_ENDPOINT.replace(/\/+$/, ''),
    alertTopicArn: config.ALERT_TOPIC_ARN,
    scrapeInterval: config.SCRAPE_INTERVAL,
    // Without a schedule the tester has nothing to report.
    testerNoData: config.TESTER_SCHEDULE === 'ENABLED' ? 'Alerting' : 'OK',
    countingWindow: countingWindow(config.SCRAPE_INTERVAL),
    ...objectiveValues(objective),
    taskVcpus: String(config.TASK_CPU / CPU_UNITS),
    taskMemoryBytes: String(config.TASK_MEMORY * MEBIBYTE),
    storeVcpus: String(config.STORE_CPU / CPU_UNITS),
    storeMemoryBytes: String(config.STORE_MEMORY * MEBIBYTE),
  };
}

const CPU_UNITS = 1024;
const MEBIBYTE = 1024 * 1024;
