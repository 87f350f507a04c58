type State = Readonly<Record<string, unknown>>;

/**
 * The names of the Task, Map and Parallel states of a run without failures, in order. A report shows those that an
 * execution did not reach. At a Choice the way goes by its default: the other ways are shortcuts and what is done only on
 * request. Where the default is the wait of a loop, which leads back, it goes on by the choice. `definition` is an ASL
 * document, as an object or as JSON text.
 */
export function plannedStates(definition: unknown): readonly string[] {
  const machine = typeof definition === 'string' ? parse(definition) : definition;
  if (!isRecord(machine) || !isRecord(machine['States']) || typeof machine['StartAt'] !== 'string') return [];
  const states = machine['States'];
  const way: string[] = [];
  const seen = new Set<string>();
  for (let name: string | undefined = machine['StartAt']; name !== undefined && !seen.has(name); ) {
    const state: unknown = states[name];
    if (!isRecord(state)) break;
    seen.add(name);
    if (/^(Task|Map|Parallel)$/.test(String(state['Type']))) way.push(name);
    name = nextOf(state).find((next) => !leadsBack(states, next, seen));
  }
  return way;
}

/** Where a state leads to, the usual way first. */
function nextOf(state: State): readonly string[] {
  const choices = Array.isArray(state['Choices']) ? state['Choices'].filter(isRecord).map(({ Next }) => Next) : [];
  return [state['Next'], state['Default'], ...choices].filter((name) => typeof name === 'string');
}

/** Whether a state, or the one after a wait, was visited before. */
function leadsBack(states: State, name: string, seen: ReadonlySet<string>): boolean {
  if (seen.has(name)) return true;
  const state = states[name];
  return isRecord(state) && state['Type'] === 'Wait' && typeof state['Next'] === 'string' && seen.has(state['Next']);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is State {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
