import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResolvedBackend } from '../../engines';
import { endProcess } from '../../kernel/end-process';
import { freePort } from '../../kernel/free-ports';
import { recordProcess } from '../../kernel/process-record';
import { jsonAnswer, type MetricsStore, type StoreAnswer } from './store';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
/** The out-of-order window is Amazon Managed Prometheus's. */
const config = 'storage:\n  tsdb:\n    out_of_order_time_window: 1m\n';

/** Starts a real Prometheus on a free port of 127.0.0.1. Resolves when it is ready for remote writes and queries. */
export async function startPrometheusStore(
  backend: ResolvedBackend,
  options: { readonly directory: string; readonly retentionDays: number; readonly closing: AbortSignal },
): Promise<MetricsStore> {
  const { directory, retentionDays, closing } = options;
  await mkdir(join(directory, 'data'), { recursive: true });
  const configFile = join(directory, 'prometheus.yaml');
  await writeFile(configFile, config);
  const port = await freePort();
  const { file, args, env } = backend.command(
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--storage.tsdb.retention.time=${retentionDays}d`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    { cwd: directory, env: { PATH: process.env['PATH'] ?? '', HOME: directory } },
  );
  const child = spawn(file, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  recordProcess(child, 'the store of Prometheus');
  const log = createWriteStream(join(directory, 'prometheus.log'), { flags: 'a' });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const stop = (): void => void child.kill('SIGTERM');
  closing.addEventListener('abort', stop, { once: true });
  const url = `http://127.0.0.1:${port}`;
  try {
    await ready(child, url, join(directory, 'prometheus.log'));
  } catch (error) {
    stop();
    throw error;
  }
  return {
    label: backend.label,
    write: async (body) => {
      const answer = await ask(`${url}/api/v1/write`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
        },
        body: new Uint8Array(body),
      });
      // Prometheus answers 204, the service 200.
      return answer.status === 204 ? { ...answer, status: 200 } : answer;
    },
    read: (path, parameters) =>
      // These two also accept the query as a form, which has no length limit.
      path === 'query' || path === 'query_range' || path === 'series' || path === 'labels'
        ? ask(`${url}/api/v1/${path}`, { method: 'POST', body: parameters })
        : ask(`${url}/api/v1/${path}?${parameters}`, {}),
    close: async () => {
      closing.removeEventListener('abort', stop);
      await endProcess(child, stopTimeoutMs);
    },
  };
}

/** An unreachable Prometheus becomes 503, which clients retry. */
async function ask(url: string, init: RequestInit): Promise<StoreAnswer> {
  try {
    const response = await fetch(url, init);
    const contentType = response.headers.get('content-type') ?? 'text/plain';
    return { status: response.status, body: await response.text(), contentType };
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    return jsonAnswer(503, { message: `The Prometheus behind this workspace does not answer: ${reason}` });
  }
}

async function ready(child: ChildProcess, url: string, log: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  let exit: string | undefined;
  child.once('error', (error) => {
    exit = error.message;
  });
  child.once('exit', (code, signal) => {
    exit = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  while (performance.now() < deadline) {
    if (exit !== undefined) throw new Error(`Prometheus did not start: ${exit}. Its log is ${log}.`);
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Prometheus was not ready within ${startTimeoutMs / 1000} s. Its log is ${log}.`);
}
