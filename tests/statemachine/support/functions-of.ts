import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a run comes to only when it fails, or only in a drill. */
const ASIDE: ReadonlySet<string> = new Set(['recordFailure', 'watchAlert']);

/**
 * The functions that a run calls which goes well and is no drill, each once, in the order of the machine's states: read from the
 * machine itself, so that a new state is interrupted, too.
 */
export function functionsOf(machine: 'setup' | 'teardown'): readonly string[] {
  const text = readFileSync(join(__dirname, `../../../statemachines/${machine}.asl.yaml`), 'utf8');
  const names = [...text.matchAll(/\$\{(\w)(\w+)FunctionArn\}/g)].map(
    ([, first = '', rest = '']) => `${first.toLowerCase()}${rest}`,
  );
  return [...new Set(names)].filter((name) => !ASIDE.has(name));
}
