/** Entry point of the data processor: reads the environment, starts, and stops on a signal. */
import { createApp } from './app';
import { readConfig } from './config';
import { createMetrics } from './metrics/metrics';
import { startServers } from './server';
import { createObjectStore } from './storage/object-store';
import { traceOutgoing } from './telemetry/client-span';
import { createLogger, type Logger } from './telemetry/logger';
import { createLosses } from './telemetry/losses';
import { traced } from './telemetry/server-span';
import { taskId } from './telemetry/task-id';
import { startTelemetry, type Telemetry } from './telemetry/telemetry';

main().catch(async (error: unknown) => {
  // The start failed before anything listens: log why and exit with 1.
  const logger = createLogger({
    service: process.env['OTEL_SERVICE_NAME'] || 'data-processor-service',
    level: 'error',
  });
  logger.error('START_FAILED', error instanceof Error ? error.message : String(error), {
    error: error instanceof Error ? error.name : typeof error,
  });
  await exit(logger, 1);
});

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const metrics = createMetrics();
  const losses = createLosses(metrics);
  const telemetry = startTelemetry(config.telemetry, losses, await taskId(config.telemetry.taskMetadataUri));
  traceOutgoing();
  const logger = createLogger({
    service: config.telemetry.serviceName,
    level: config.telemetry.logLevel,
    otlp: telemetry.logs,
    onDrop: () => metrics.dropped('stdout', 1),
  });
  losses.reportTo(logger);
  exitOnCrash(logger, telemetry, config.shutdown.flushMs);

  const store = createObjectStore({ ...config.storage, maxObjectBytes: config.limits.maxBodyBytes });
  let stopping = false;
  const app = createApp({ config, store, metrics, logger, isStopping: () => stopping });
  const servers = await startServers({ config, listener: traced(app), metrics, logger });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // On a second signal exit at once: an impatient user, or ECS about to kill the task.
      if (stopping) {
        void exit(logger, 1);
        return;
      }
      stopping = true;
      logger.info('STOPPING', 'stopping', { signal });
      void servers.stop().then(async () => {
        store.close();
        logger.info('STOPPED', 'stopped');
        await within(config.shutdown.flushMs, telemetry.close());
        await exit(logger, 0);
      });
    });
  }
  logger.info('STARTED', 'listening', {
    host: config.host,
    port: servers.port,
    metrics_port: servers.metricsPort,
    fault_switch: config.faultSwitch,
  });
}

/**
 * After an uncaught error the process state is unknown: log it, send the queued telemetry and exit. ECS starts a new
 * task.
 */
function exitOnCrash(logger: Logger, telemetry: Telemetry, flushMs: number): void {
  let crashed = false;
  const crash = (kind: string) => (error: unknown) => {
    if (crashed) return;
    crashed = true;
    logger.error('CRASHED', `${kind}: the process exits`, {
      error: error instanceof Error ? error.message : String(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    void within(flushMs, telemetry.close()).finally(async () => {
      await exit(logger, 1);
    });
  };
  process.on('uncaughtException', crash('uncaught exception'));
  process.on('unhandledRejection', crash('unhandled rejection'));
}

/**
 * Ends the process. If nothing reads stdout, a thread blocks in its write and process.exit() would wait for it for
 * ever, so SIGKILL is used and the unwritten lines are lost. PID 1 of a container cannot send itself this signal:
 * resources/data-processor.yml runs an init process.
 */
async function exit(logger: Logger, code: number): Promise<void> {
  if (await logger.flush()) process.exit(code);
  process.kill(process.pid, 'SIGKILL');
}

/** Waits for `work`, but not longer than `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, ms).unref())]);
}
