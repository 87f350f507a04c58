/**
 * The service's backends during a measurement: a real S3 server if there is one, and an OTLP sink. Both run on the
 * load's core.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveBackend } from '../local/engines';
import { versitygwCommand } from '../local/engines/versitygw';
import { freePort, LOAD_CORE, type Running, start } from './processes';

export interface Surroundings {
  /** Which S3 server it is, for the table. */
  readonly s3Label: string;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const KEYS = { accessKeyId: 'bench', secretAccessKey: 'bench-secret' };
const REGION = 'eu-central-1';
const BUCKET = 'bench';

export async function startSurroundings(): Promise<Surroundings> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'));
  const s3 = await resolveBackend('s3');
  const port = await freePort();
  const command = await versitygwCommand(s3, {
    directory,
    port,
    region: REGION,
    accessKeyId: KEYS.accessKeyId,
    secretAccessKey: KEYS.secretAccessKey,
  });
  await mkdir(join(directory, 'buckets', BUCKET), { recursive: true });
  const server = start(LOAD_CORE, command.file, command.args, { ...process.env, ...command.env }, directory);
  await untilListens(port, server);
  const sink = await startSink();
  return {
    s3Label: s3.label,
    environment: {
      BUCKET_NAME: BUCKET,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${sink.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${sink.url}/otlp/v1/logs`,
    },
    async close() {
      await server.stop();
      await sink.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function untilListens(port: number, server: Running): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (server.child.exitCode !== null) throw new Error(`The S3 server ended with ${server.child.exitCode}.`);
    const socket = net.connect(port, '127.0.0.1');
    const connected = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('The S3 server does not listen.');
}

/** Accepts and discards exports. It runs in the benchmark's own process, which is pinned to the load's core. */
async function startSink(): Promise<{ url: string; close(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
