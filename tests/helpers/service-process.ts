/** The data processor as deployed: the built bundle in its own process, called over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildService } from '../../service/build.cjs';

export interface LogLine {
  readonly level: string;
  readonly timestamp: string;
  readonly service: string;
  readonly message: string;
  readonly code: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly [field: string]: unknown;
}

export interface ServiceProcess {
  readonly url: string;
  readonly metricsUrl: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Every JSON line of stdout so far. */
  readonly lines: LogLine[];
  readonly stderr: readonly string[];
  /** Resolves with the first log line, past or future, that satisfies the condition. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface Bundle {
  readonly file: string;
  remove(): void;
}

/** Builds the bundle into its own directory. */
export async function buildBundle(): Promise<Bundle> {
  const directory = mkdtempSync(join(tmpdir(), 'service-'));
  const file = join(directory, 'service.cjs');
  await buildService({ outfile: file });
  return { file, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Node's flags as the task definition gives them to the service. */
export const deployedNodeOptions = deployed('NODE_OPTIONS');

export type Environment = Readonly<Record<string, string | undefined>>;

/** The memory settings of the task definition. */
export const deployedMemory: Environment = {
  NODE_OPTIONS: deployedNodeOptions,
  MALLOC_MMAP_THRESHOLD_: deployed('MALLOC_MMAP_THRESHOLD_'),
  MALLOC_TRIM_THRESHOLD_: deployed('MALLOC_TRIM_THRESHOLD_'),
};

function deployed(name: string): string {
  const file = join(__dirname, '../../resources/data-processor.yml');
  const [, value] = new RegExp(`Name: ${name}, Value: '([^']+)'`).exec(readFileSync(file, 'utf8')) ?? [];
  if (value === undefined) throw new Error(`${file} sets no ${name}.`);
  return value;
}

/** Starts the bundle with only this environment, on free ports of 127.0.0.1. Resolves when it listens. */
export async function startService(bundle: Bundle, environment: Environment): Promise<ServiceProcess> {
  const { child, lines, line, stderr, exited } = runBundle(bundle, environment);
  const started = await Promise.race([line(({ code }) => code === 'STARTED'), exited]);
  if (started === null || typeof started === 'number')
    throw new Error(`The service ended with ${started}: ${JSON.stringify(lines)}`);
  return {
    url: `http://127.0.0.1:${started['port']}`,
    metricsUrl: `http://127.0.0.1:${started['metrics_port']}`,
    port: Number(started['port']),
    child,
    lines,
    line,
    stderr,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return await exited;
    },
  };
}

/** The same for a run that should exit by itself. */
export function runBundle(bundle: Bundle, environment: Environment) {
  const child = spawn(process.execPath, [bundle.file], {
    env: {
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      SHUTDOWN_DELAY_MS: '0',
      ...environment,
    } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Ends the process even if the test's clean-up did not run.
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const lines: LogLine[] = [];
  const stderr: string[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const parsed = JSON.parse(text) as LogLine;
    lines.push(parsed);
    for (const look of [...waiting]) look(parsed);
  });
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk.toString()));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const line = (matches: (line: LogLine) => boolean): Promise<LogLine> =>
    new Promise((resolve) => {
      const known = lines.find(matches);
      if (known !== undefined) return resolve(known);
      const look = (candidate: LogLine) => {
        if (!matches(candidate)) return;
        waiting.delete(look);
        resolve(candidate);
      };
      waiting.add(look);
    });
  return { child, lines, line, stderr, exited };
}
