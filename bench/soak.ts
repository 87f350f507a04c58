/** Memory over many requests: level, or a leak. */
import { load } from './measure';
import { freePort, residentMegabytes, SERVER_CORE, start, untilAnswers } from './processes';
import { DEPLOYED } from './variants';

export interface SoakPoint {
  readonly requests: number;
  readonly residentMb: number;
}

const STEPS = 10;

/** Resident memory of the deployed bundle after each tenth of `requests` (a third each of writes, reads and probes). */
export async function soak(
  file: string,
  environment: Readonly<Record<string, string>>,
  requests: number,
): Promise<SoakPoint[]> {
  if (requests === 0) return [];
  const [port, metricsPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const server = start(SERVER_CORE, process.execPath, [...DEPLOYED, file], {
    ...environment,
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    SHUTDOWN_DELAY_MS: '0',
  });
  try {
    await untilAnswers(`${url}/health`);
    const points: SoakPoint[] = [];
    for (let step = 1; step <= STEPS; step += 1) {
      for (const route of ['post', 'get', 'health'] as const) await load(url, route, Math.round(requests / STEPS / 3));
      points.push({ requests: Math.round((requests * step) / STEPS), residentMb: residentMegabytes(server.pid) });
      process.stderr.write(`soak: ${step} of ${STEPS}\n`);
    }
    return points;
  } finally {
    await server.stop();
  }
}
