/**
 * The names of the Task and Map states that a machine goes through when nothing fails, in order: what a report shows as
 * "not reached" when an execution ended before them. `definition` is an ASL document, as an object or as JSON text.
 */
export function plannedStates(definition: unknown): readonly string[] {
  const machine = typeof definition === 'string' ? parse(definition) : definition;
  if (!isRecord(machine) || !isRecord(machine['States'])) return [];
  const states = machine['States'];
  const seen = new Set<string>();
  const planned: string[] = [];
  let name: unknown = machine['StartAt'];
  while (typeof name === 'string' && !seen.has(name)) {
    seen.add(name);
    const state: unknown = states[name];
    if (!isRecord(state)) break;
    if (state['Type'] === 'Task' || state['Type'] === 'Map' || state['Type'] === 'Parallel') planned.push(name);
    name = nextOf(state, seen);
  }
  return planned;
}

/** A Choice goes on, not back: to the first of its branches that has not been passed. */
function nextOf(state: Readonly<Record<string, unknown>>, seen: ReadonlySet<string>): unknown {
  if (state['Type'] !== 'Choice') return state['Next'];
  const choices = Array.isArray(state['Choices']) ? state['Choices'].filter(isRecord).map(({ Next }) => Next) : [];
  return [...choices, state['Default']].find((name) => typeof name === 'string' && !seen.has(name));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
