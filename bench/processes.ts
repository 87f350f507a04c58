/**
 * Processes of a measurement: started on a core of their own where the system can pin, measured by /proc, ended by id.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import { promisify } from 'node:util';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** True where taskset can give the server one core and all the rest another. */
export const canPin = process.platform === 'linux' && os.availableParallelism() >= 2;

/** Pins this process to the cores of the load. */
export function pinSelf(): void {
  if (canPin) execFileSync('taskset', ['-cp', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' });
}

export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

export function start(
  core: number,
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Running {
  const [command, all] = pinned(core, file, args);
  const child = spawn(command, all, {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (child.pid === undefined) throw new Error(`${file} did not start.`);
  const exited = once(child, 'exit');
  return {
    pid: child.pid,
    child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(killer);
    },
  };
}

export async function output(core: number, file: string, args: readonly string[]): Promise<string> {
  const [command, all] = pinned(core, file, args);
  return (await promisify(execFile)(command, all, { maxBuffer: 1 << 20 })).stdout;
}

function pinned(core: number, file: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', String(core), file, ...args]] : [file, [...args]];
}

/** CPU time of the process so far, user and system (s). `taskset` execs, so the id is the program's own. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of the process (MB). */
export function residentMegabytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when the URL answers 200; rejects after `withinMs`. */
export async function untilAnswers(url: string, withinMs = 20_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    if (await answers(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${url} did not answer within ${withinMs} ms.`);
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}
