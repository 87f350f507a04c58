import { createServer } from 'node:net';
import { freePorts } from '../kernel/free-ports';

/** A port of the local stage: its purpose, and the environment variable that sets it. */
export interface PortSetting {
  readonly variable: string;
  readonly purpose: string;
  readonly default: number;
}

/** The ports of `--stage local`; params/schema.yml reads the same variables. */
export const portSettings = [
  { variable: 'LOCAL_PORT', purpose: 'the local cloud', default: 4510 },
  { variable: 'LOCAL_SERVICE_PORT', purpose: "the service's load balancer", default: 4580 },
  { variable: 'LOCAL_LOKI_PORT', purpose: "Loki's load balancer", default: 4531 },
  { variable: 'LOCAL_TEMPO_PORT', purpose: "Tempo's load balancer", default: 4532 },
  { variable: 'LOCAL_TEMPO_OTLP_PORT', purpose: "Tempo's OTLP listener", default: 4533 },
  { variable: 'LOCAL_OTLP_PORT', purpose: "the gateway's load balancer, for OTLP", default: 4518 },
  { variable: 'LOCAL_GRAFANA_PORT', purpose: 'the Grafana workspace', default: 4530 },
] as const satisfies readonly PortSetting[];

export type PortVariable = (typeof portSettings)[number]['variable'];
export type Ports = Readonly<Record<PortVariable, number>>;

/** A port cannot be used: it is not a port number, two settings share it, or another process listens on it. */
export class PortUnusable extends Error {
  override readonly name = 'PortUnusable';
}

/**
 * Reads the ports from the environment. Throws PortUnusable for an invalid port and for two settings with the same
 * port.
 */
export function readPorts(environment: Readonly<Record<string, string | undefined>>): Ports {
  const owners = new Map<number, string>();
  const entries = portSettings.map(({ variable, default: fallback }) => {
    const text = environment[variable];
    const port = text === undefined || text === '' ? fallback : Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new PortUnusable(`${variable} is "${text}": it must be a port number from 1 to 65535.`);
    }
    const other = owners.get(port);
    if (other !== undefined)
      throw new PortUnusable(`${variable} and ${other} are both ${port}: give one of them another.`);
    owners.set(port, variable);
    return [variable, port] as const;
  });
  return Object.fromEntries(entries) as Ports;
}

/** Throws PortUnusable that names every port in use and the variable that changes it. */
export async function assertPortsFree(ports: Ports): Promise<void> {
  const taken: string[] = [];
  for (const { variable, purpose } of portSettings) {
    const port = ports[variable];
    if (!(await isFree(port))) {
      taken.push(
        `Port ${port} (for ${purpose}) is in use: stop what listens there, or set ${variable} to a free port.`,
      );
    }
  }
  if (taken.length > 0) throw new PortUnusable(taken.join('\n'));
}

/** Ports that are free at the time of the call, one for each setting. */
export async function findFreePorts(): Promise<Ports> {
  const ports = await freePorts(portSettings.length);
  return Object.fromEntries(portSettings.map(({ variable }, index) => [variable, ports[index]])) as Ports;
}

/** Whether no process listens on this port of 127.0.0.1. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
