/**
 * Starts a real Grafana as a workspace, from a binary or with Docker. Written from Grafana's configuration and service
 * account documentation. It was tested only against a program of the tests, because no Grafana was available. Limit:
 * Grafana's SNS contact point calls AWS itself unless its settings have an api_url, and the stack's have none (with
 * one, the receiver of grafana/alerting published to the local cloud).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, realpathSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ResolvedBackend } from '../../engines';
import { freePort } from '../../kernel/free-ports';
import { recordProcess } from '../../kernel/process-record';
import type { WorkspaceOptions, WorkspaceServer } from '../contracts';
import { startGateway } from './gateway';
import { startInstanceMetadata } from './instance-metadata';

const startTimeoutMs = 120_000;
const stopTimeoutMs = 10_000;

/**
 * Starts Grafana behind a gateway that knows the workspace's tokens; `ready` settles when its /api/health answers, and
 * rejects with the reason otherwise.
 */
export async function startRealWorkspace(
  options: WorkspaceOptions,
  backend: ResolvedBackend,
  directory: string,
): Promise<WorkspaceServer> {
  await mkdir(directory, { recursive: true });
  const real = { port: await freePort(), password: randomBytes(9).toString('base64url') };
  const metadata = await startInstanceMetadata(() => options.credentials());
  const gateway = await startGateway(options, real);
  const command = backend.command(['server', ...homePath(backend)], {
    cwd: directory,
    env: environment(options, { ...real, directory, metadata: metadata.url, url: gateway.url }),
  });
  const log = join(directory, 'grafana.log');
  const child = spawn(command.file, command.args, {
    cwd: directory,
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  recordProcess(child, 'Grafana');
  const output = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(output);
  child.stderr.pipe(output);
  const close = async (): Promise<void> => {
    await Promise.all([gateway.close(), metadata.close(), ended(child)]);
  };
  options.closing.addEventListener('abort', () => void close(), { once: true });
  return {
    url: gateway.url,
    label: `${backend.label}, log in as admin with ${real.password}`,
    ready: ready(child, `http://127.0.0.1:${real.port}`, log).then(() => gateway.connect()),
    setAvailable: gateway.setAvailable,
    // The binary does not change with the workspace's version; the label has the binary's own version.
    setVersion: () => undefined,
    close,
  };
}

/** "Configure Grafana": every option as GF_<SECTION>_<KEY>. */
function environment(
  options: WorkspaceOptions,
  {
    port,
    password,
    directory,
    metadata,
    url,
  }: { port: number; password: string; directory: string; metadata: string; url: string },
): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    // Not the user's home directory, which has the AWS configuration.
    HOME: directory,
    GF_SERVER_HTTP_ADDR: '127.0.0.1',
    GF_SERVER_HTTP_PORT: String(port),
    // Makes links in notifications and redirects point to the gateway.
    GF_SERVER_ROOT_URL: url,
    GF_PATHS_DATA: join(directory, 'data'),
    GF_PATHS_LOGS: join(directory, 'logs'),
    GF_PATHS_PLUGINS: join(directory, 'plugins'),
    GF_SECURITY_ADMIN_USER: 'admin',
    GF_SECURITY_ADMIN_PASSWORD: password,
    GF_AUTH_SIGV4_AUTH_ENABLED: 'true',
    GF_AWS_ALLOWED_AUTH_PROVIDERS: 'default,ec2_iam_role',
    GF_PLUGINS_PREINSTALL: 'grafana-amazonprometheus-datasource',
    // Otherwise plugin processes do not get the AWS_ variables below (12.4 and later).
    GF_PLUGINS_FORWARD_HOST_ENV_VARS: 'grafana-amazonprometheus-datasource,cloudwatch',
    GF_PLUGINS_PLUGIN_ADMIN_ENABLED: String(options.configuration().plugins.pluginAdminEnabled),
    GF_ANALYTICS_REPORTING_ENABLED: 'false',
    GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
    GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
    GF_NEWS_NEWS_FEED_ENABLED: 'false',
    // The source of the workspace role for ec2_iam_role.
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata,
    AWS_REGION: options.region,
    AWS_ENDPOINT_URL: options.awsEndpoint,
  };
}

/** Grafana needs the path of its home directory (conf/, public/); its image sets it. */
function homePath(backend: ResolvedBackend): string[] {
  if (backend.kind === 'docker') return [];
  const { file } = backend.command([], { cwd: '/', env: {} });
  const beside = existsSync(file) ? dirname(dirname(realpathSync(file))) : '';
  const home = [beside, '/usr/share/grafana', '/opt/homebrew/share/grafana'].find((path) =>
    existsSync(join(path, 'conf', 'defaults.ini')),
  );
  return home === undefined ? [] : [`--homepath=${home}`];
}

async function ready(child: ChildProcess, url: string, log: string): Promise<void> {
  let exit: string | undefined;
  child.once('error', (error) => {
    exit = error.message;
  });
  child.once('exit', (code, signal) => {
    exit = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if (exit !== undefined) throw new Error(`Grafana did not start: ${exit}. Its log is ${log}.`);
    const healthy = await fetch(`${url}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Grafana was not ready after ${startTimeoutMs / 1000} s. Its log is ${log}.`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exit;
  clearTimeout(force);
}
