import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { parse } from 'yaml';
import type { z } from 'zod';

/** Shared by the stand-ins' processes: arguments, configuration file, log lines, the stop on SIGTERM. */
export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export function logger(engine: string): Log {
  return (message, fields = {}) => {
    process.stderr.write(
      `${JSON.stringify({ ts: new Date().toISOString(), engine: `${engine} stand-in`, msg: message, ...fields })}\n`,
    );
  };
}

/** Parses Go's flag syntax, `-name=value` or `--name value`. `switches` take no value. Throws on an unknown flag. */
export function readFlags(
  args: readonly string[],
  values: readonly string[],
  switches: readonly string[],
): Map<string, string> {
  const flags = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const [, name = '', value] = /^--?([^=]+)(?:=(.*))?$/s.exec(args[index] ?? '') ?? [];
    if (switches.includes(name)) flags.set(name, value ?? 'true');
    else if (values.includes(name)) flags.set(name, value ?? args[++index] ?? '');
    else throw new Error(`the stand-in does not know the argument ${args[index]}`);
  }
  return flags;
}

/**
 * Reads the configuration file with a schema that is strict where the engine is. Throws an error that names each wrong
 * key.
 */
export function readConfig<Schema extends z.ZodType>(file: string | undefined, schema: Schema): z.output<Schema> {
  if (file === undefined) throw new Error('the argument config.file is missing');
  const parsed = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${file}: ${faults.join('; ')}`);
}

/** The process metrics that every Go service exposes. */
export function processMetrics(): readonly (readonly [name: string, labels: Record<string, string>, value: number])[] {
  const { user, system } = process.cpuUsage();
  return [
    ['process_cpu_seconds_total', {}, (user + system) / 1e6],
    ['process_resident_memory_bytes', {}, process.memoryUsage.rss()],
  ];
}

/**
 * Runs until SIGTERM or SIGINT, then calls `stop` and closes the servers. A failed start logs one line and exits with
 * 1.
 */
export function runProcess(
  log: Log,
  start: () => Promise<{ servers: readonly Server[]; stop?: () => Promise<void> }>,
): void {
  start().then(
    ({ servers, stop }) => {
      const end = (signal: string): void => {
        log(`${signal}: stopping`);
        void (stop?.() ?? Promise.resolve()).finally(() => {
          for (const server of servers) {
            server.close();
            server.closeAllConnections();
          }
          process.exit(0);
        });
      };
      process.once('SIGTERM', end);
      process.once('SIGINT', end);
    },
    (error: unknown) => {
      log(`failed to start: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(1);
    },
  );
}

/** `15s`, `1h30m`, `500ms`, `336h` in milliseconds. Throws on anything else. */
export function durationMs(text: string): number {
  const units: Readonly<Record<string, number>> = {
    ns: 1e-6,
    us: 1e-3,
    µs: 1e-3,
    ms: 1,
    s: 1e3,
    m: 6e4,
    h: 36e5,
    d: 864e5,
    w: 6048e5,
    y: 31536e6,
  };
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w|y))+$/.test(text)) throw new Error(`"${text}" is not a duration`);
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d|w|y)/g)].reduce(
    (sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
}
