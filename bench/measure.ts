/** One round of one variant: a fresh process, warmed up, then each route under load. */
import { join } from 'node:path';
import {
  cpuSeconds,
  freePort,
  LOAD_CORE,
  output,
  residentMegabytes,
  SERVER_CORE,
  start,
  untilAnswers,
} from './processes';

export type Route = 'get' | 'post' | 'health';

export interface Variant {
  readonly name: string;
  readonly file: string;
  readonly nodeOptions: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
}

export interface RouteFigures {
  /** CPU of the server process a request (ms). */
  readonly cpuMs: number;
  readonly rps: number;
  /** Latencies as the callers saw them (ms). */
  readonly p50: number;
  readonly p99: number;
}

export interface RoundFigures {
  /** From spawn to the first 200 of /health (ms). */
  readonly startMs: number;
  readonly residentMb: number;
  readonly routes: Readonly<Partial<Record<Route, RouteFigures>>>;
}

export interface Amounts {
  readonly warmUp: number;
  readonly data: number;
  readonly health: number;
}

export const CONNECTIONS = 16;

export async function measureRound(variant: Variant, amounts: Amounts): Promise<RoundFigures> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const before = performance.now();
  const server = start(SERVER_CORE, process.execPath, [...variant.nodeOptions, variant.file], {
    ...variant.environment,
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    SHUTDOWN_DELAY_MS: '0',
  });
  try {
    await untilAnswers(`${url}/health`);
    const startMs = performance.now() - before;
    const routes: Partial<Record<Route, RouteFigures>> = {};
    // Writes first: what is read must be there.
    for (const route of [...variant.routes].sort().reverse()) await load(url, route, amounts.warmUp);
    for (const route of variant.routes) {
      const amount = route === 'health' ? amounts.health : amounts.data;
      const cpuBefore = cpuSeconds(server.pid);
      const { rps, p50, p99 } = await load(url, route, amount);
      routes[route] = { cpuMs: ((cpuSeconds(server.pid) - cpuBefore) * 1000) / amount, rps, p50, p99 };
    }
    return { startMs, residentMb: residentMegabytes(server.pid), routes };
  } finally {
    await server.stop();
  }
}

interface LoadResult {
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly failed: number;
}

/** Throws when a request failed: the figures would be wrong. */
export async function load(url: string, route: Route, amount: number): Promise<LoadResult> {
  const argument = JSON.stringify({ url, route, amount, connections: CONNECTIONS });
  const result = JSON.parse(
    await output(LOAD_CORE, process.execPath, [join(__dirname, 'load.cjs'), argument]),
  ) as LoadResult;
  if (result.failed > 0)
    throw new Error(`${result.failed} of ${amount} requests to ${route} failed: ${JSON.stringify(result)}`);
  return result;
}
