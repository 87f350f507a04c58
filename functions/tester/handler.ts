import { randomUUID } from 'node:crypto';
import { log } from '../shared/logger';
import { step } from '../shared/step';
import { readConfig } from './config';
import { readInput } from './input';
import { sendSpans } from './send-spans';
import { testService } from './tester';

export const handler = step('Tester', readInput, ({ run = randomUUID(), provoke, probes }) => {
  const { SERVICE_URL, STACK_NAME, STAGE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = readConfig(process.env);
  const deps = {
    serviceUrl: SERVICE_URL,
    now: () => new Date(),
    timeout: 8_000,
    stage: STAGE,
    send: (request: object) => sendSpans(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, request, 3_000),
    record: (line: string) => process.stdout.write(`${line}\n`),
    log,
    stack: STACK_NAME,
  };
  return testService({ run, provoke, probes }, deps);
});
