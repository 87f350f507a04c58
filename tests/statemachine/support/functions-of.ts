import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** States that only a failed run or a drill enters. */
const ASIDE: ReadonlySet<string> = new Set(['recordFailure', 'watchAlert']);

/**
 * The functions that a successful run without a drill calls, each once, in the order of the states. Read from the state
 * machine, so that the tests interrupt a new state too.
 */
export function functionsOf(machine: 'setup' | 'teardown'): readonly string[] {
  const text = readFileSync(join(__dirname, `../../../statemachines/${machine}.asl.yaml`), 'utf8');
  const names = [...text.matchAll(/\$\{(\w)(\w+)FunctionArn\}/g)].map(
    ([, first = '', rest = '']) => `${first.toLowerCase()}${rest}`,
  );
  return [...new Set(names)].filter((name) => !ASIDE.has(name));
}
