import { InvalidInput } from '../domain/errors';

export interface TesterInput {
  /** The run's name, part of the keys that it writes. */
  readonly run?: string;
  /** How many server errors to provoke by the fault switch, 1 to 100. */
  readonly provoke?: number;
}

/** EventBridge sends `{}`; the setup machine and `sls invoke` send more, or nothing. */
export function readInput(event: unknown): TesterInput {
  if (typeof event !== 'object' || event === null) return invalid('input: not an object');
  const { run, provoke } = event as { readonly run?: unknown; readonly provoke?: unknown };
  if (run !== undefined && (typeof run !== 'string' || run === '')) return invalid('run: not a text');
  if (provoke !== undefined && !isCount(provoke)) return invalid('provoke: not a whole number from 1 to 100');
  return { ...(run !== undefined && { run }), ...(provoke !== undefined && { provoke }) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 100;
}

function invalid(problem: string): never {
  throw new InvalidInput('Tester', [problem]);
}
