import { InvalidInput } from '../domain/errors';
import type { PlannedProbe } from './probes';

export interface TesterInput {
  /** The run's name, part of the keys that it writes. */
  readonly run?: string;
  /** How many server errors to provoke by the fault switch, 1 to 100. */
  readonly provoke?: number;
  /** Requests to attached services. */
  readonly probes?: readonly PlannedProbe[];
}

/** EventBridge sends `{}`; the setup machine and `sls invoke` send more, or nothing. */
export function readInput(event: unknown): TesterInput {
  if (typeof event !== 'object' || event === null) return invalid('input: not an object');
  const { run, provoke, probes } = event as Readonly<Record<string, unknown>>;
  if (run !== undefined && (typeof run !== 'string' || run === '')) return invalid('run: not a text');
  if (provoke !== undefined && !isCount(provoke)) return invalid('provoke: not a whole number from 1 to 100');
  if (probes !== undefined && !(Array.isArray(probes) && probes.every(isProbe)))
    return invalid('probes: not a list of service, url and expect');
  return {
    ...(run !== undefined && { run }),
    ...(provoke !== undefined && { provoke }),
    ...(probes !== undefined && { probes }),
  };
}

function isProbe(value: unknown): value is PlannedProbe {
  const { service, url, expect } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof service === 'string' && typeof url === 'string' && URL.canParse(url) && Number.isInteger(expect);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100;
}

function invalid(problem: string): never {
  throw new InvalidInput('Tester', [problem]);
}
