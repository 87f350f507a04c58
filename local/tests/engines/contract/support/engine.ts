import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BackendName, backends, type ResolvedBackend, resolveBackend } from '../../../../engines';
import { cacheDirectory, cachePath } from '../../../../engines/cache';
import { versitygwCommand } from '../../../../engines/versitygw';

const root = join(__dirname, '..', '..', '..', '..', '..');
const readyTimeoutMs = 60_000;

export interface Engine {
  readonly url: string;
  readonly ports: Readonly<Record<string, number>>;
  readonly directory: string;
  /** Its output so far. */
  log(): string;
  /** Sends SIGTERM; resolves with the exit code (null if a signal ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Sends SIGSTOP, waits this many milliseconds, sends SIGCONT. */
  pause(ms: number): Promise<void>;
  /** Starts again with the same files and ports. */
  restart(): Promise<void>;
}

/**
 * The kinds of the engine to test: always the stand-in, and with `npm run test:real` the real engine if it and the
 * engines that it needs are on this machine. A line is printed for a missing one.
 */
export function kindsHere(name: BackendName, ...needs: readonly BackendName[]): readonly ('stand-in' | 'real')[] {
  if (process.env['LOCAL_BACKENDS'] === 'standin') return ['stand-in'];
  const missing = [name, ...needs].filter((each) => !isHere(each));
  if (missing.length === 0) return ['stand-in', 'real'];
  const titles = missing.map((each) => backends[each].title).join(' and ');
  process.stderr.write(
    `No real ${titles} here: the contract of ${backends[name].title} is tested against the stand-in only.\n`,
  );
  return ['stand-in'];
}

/** Whether the engine resolves to a binary; `npm run backends` puts one into the cache. */
export function isHere(name: BackendName): boolean {
  const description = backends[name];
  const directories = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((directory) => join(directory, description.binary));
  const places = [
    process.env[description.variable],
    cachePath(description, cacheDirectory(process.env)),
    ...directories,
  ];
  return places.some((file) => file !== undefined && file !== '' && existsSync(file));
}

export function resolveKind(name: BackendName, kind: 'stand-in' | 'real'): Promise<ResolvedBackend> {
  return resolveBackend(name, {
    environment: { ...process.env, LOCAL_BACKENDS: kind === 'real' ? 'real' : 'standin' },
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface EngineOptions {
  /** Names of ports that the configuration needs besides HTTP_PORT. */
  readonly ports?: readonly string[];
  /** Its configuration before it is rendered; by default the file of resources/config/ with its name. */
  readonly template?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** DATA_PATH of its configuration: the directory of its files; by default inside its own directory. */
  readonly dataPath?: string;
  readonly args: (engine: {
    configFile: string;
    directory: string;
    ports: Readonly<Record<string, number>>;
  }) => readonly string[];
}

/**
 * Renders the engine's own production configuration with the init container's program, starts it and waits until it is
 * ready.
 */
export async function startEngine(backend: ResolvedBackend, options: EngineOptions): Promise<Engine> {
  const directory = mkdtempSync(join(tmpdir(), `${backend.name}-`));
  const names = ['HTTP_PORT', ...(options.ports ?? [])];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)));
  const data = options.dataPath ?? join(directory, 'data');
  const configFile = join(directory, `${backend.name}.yaml`);
  const variables = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
  execFileSync(process.execPath, [join(root, 'resources/config/render.js')], {
    env: {
      ...variables,
      ...options.variables,
      LISTEN_ADDRESS: '127.0.0.1',
      DATA_PATH: data,
      DIRECTORIES: JSON.stringify([data]),
      FILES: JSON.stringify({
        [configFile]: options.template ?? readFileSync(join(root, 'resources/config', `${backend.name}.yaml`), 'utf8'),
      }),
    },
    stdio: 'pipe',
  });
  const args = options.args({ configFile, directory, ports });
  return run(backend, args, { directory, ports, env: options.env ?? {} });
}

/** A real S3 server; `env` has its keys as an SDK reads them. */
export async function startS3(): Promise<Engine & { readonly env: Record<string, string> }> {
  const backend = await resolveKind('s3', 'real');
  const directory = mkdtempSync(join(tmpdir(), 's3-'));
  const port = await freePort();
  const keys = { accessKeyId: 'contract', secretAccessKey: 'contract-secret' };
  const { file, args, env } = await versitygwCommand(backend, { directory, port, region: 'eu-west-1', ...keys });
  const engine = await run({ ...backend, command: () => ({ file, args, env }) }, args, {
    directory,
    ports: { HTTP_PORT: port },
    env,
  });
  return { ...engine, env: { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey } };
}

async function run(
  backend: ResolvedBackend,
  args: readonly string[],
  {
    directory,
    ports,
    env,
  }: { directory: string; ports: Record<string, number>; env: Readonly<Record<string, string>> },
): Promise<Engine> {
  const url = `http://127.0.0.1:${ports['HTTP_PORT']}`;
  let child: ChildProcess;
  let output = '';
  const start = async (): Promise<void> => {
    const command = backend.command(args, { cwd: directory, env });
    child = spawn(command.file, command.args, { cwd: directory, env: command.env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    await until(`${backend.label} to be ready`, async () => {
      if (child.exitCode !== null)
        throw new Error(`${backend.label} ended with ${child.exitCode}:\n${output.slice(-3000)}`);
      const response = await fetch(`${url}${backends[backend.name].ready}`).catch(() => undefined);
      return response?.ok === true;
    });
  };
  await start();
  return {
    url,
    ports,
    directory,
    log: () => output,
    restart: start,
    pause: async (ms) => {
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill('SIGCONT');
    },
    stop: async (signal = 'SIGTERM') => {
      const code = await new Promise<number | null>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
        child.once('exit', resolve);
        child.kill(signal);
      });
      if (signal === 'SIGTERM') rmSync(directory, { recursive: true, force: true });
      return code;
    },
  };
}

/** Repeats the call until its answer is neither undefined nor false, and returns it. */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value>,
  timeoutMs = readyTimeoutMs,
): Promise<Exclude<Value, false | null | undefined>> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false)
      return answer as Exclude<Value, false | null | undefined>;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
}
