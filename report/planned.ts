type State = Readonly<Record<string, unknown>>;

/**
 * The names of the Task, Map and Parallel states of a run without failures, in order. A report shows those that an
 * execution did not reach. It is the shortest path to the end, so it leaves out waits in loops and optional states (the
 * drill). `definition` is an ASL document, as an object or as JSON text.
 */
export function plannedStates(definition: unknown): readonly string[] {
  const machine = typeof definition === 'string' ? parse(definition) : definition;
  if (!isRecord(machine) || !isRecord(machine['States']) || typeof machine['StartAt'] !== 'string') return [];
  const states = machine['States'];
  const way = shortestWay(states, machine['StartAt']);
  return way.filter((name) => {
    const state = states[name];
    return isRecord(state) && /^(Task|Map|Parallel)$/.test(String(state['Type']));
  });
}

/** Breadth first, so that the first end found is the nearest. Without an end, returns the longest path found. */
function shortestWay(states: State, start: string): readonly string[] {
  const seen = new Set([start]);
  let last: readonly string[] = [];
  for (const ways = [[start]]; ways.length > 0; ) {
    const way = ways.shift() ?? [];
    last = way;
    const state = states[way.at(-1) ?? ''];
    if (!isRecord(state)) continue;
    if (state['Type'] === 'Succeed' || state['End'] === true) return way;
    for (const next of nextOf(state)) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return last;
}

function nextOf(state: State): readonly string[] {
  const choices = Array.isArray(state['Choices']) ? state['Choices'].filter(isRecord).map(({ Next }) => Next) : [];
  return [state['Next'], ...choices, state['Default']].filter((name) => typeof name === 'string');
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
