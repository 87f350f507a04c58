import * as z from 'zod';
import type { Values } from '../domain/content';
import { countingWindow } from '../domain/counting-window';

/** The environment that the placeholders in grafana/ are filled from. */
export const contentEnvironment = {
  STACK_NAME: z.string().min(1),
  AWS_REGION: z.string().min(1),
  LOKI_URL: z.url(),
  TEMPO_URL: z.url(),
  PROMETHEUS_ENDPOINT: z.url(),
  ALERT_TOPIC_ARN: z.string().min(1),
  TESTER_SCHEDULE: z.enum(['ENABLED', 'DISABLED']),
  SCRAPE_INTERVAL: z.string().regex(/^\d+s$/),
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
    // A tester that nobody starts has nothing to report.
    testerNoData: config.TESTER_SCHEDULE === 'ENABLED' ? 'Alerting' : 'OK',
    countingWindow: countingWindow(config.SCRAPE_INTERVAL),
  };
}
