import { randomUUID } from 'node:crypto';
import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import { log, logFailure } from '../shared/logger';
import { readConfig } from './config';
import { readInput } from './input';
import { testService } from './tester';

export const handler = middy((event: unknown) => {
  const { run = randomUUID(), provoke } = readInput(event);
  const { SERVICE_URL, STACK_NAME } = readConfig(process.env);
  const deps = {
    serviceUrl: SERVICE_URL,
    now: () => new Date(),
    timeout: 8_000,
    record: (line: string) => process.stdout.write(`${line}\n`),
    log,
    stack: STACK_NAME,
  };
  return testService({ run, provoke }, deps);
}).use(errorLogger({ logger: logFailure }));
