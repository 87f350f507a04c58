export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

type Steps = readonly (string | number)[];

/** One change of one member, as a person could make it. */
export interface Change {
  readonly kind: 'change' | 'delete' | 'add';
  /** `panels[1].title`. */
  readonly path: string;
  /** `panels[].title`. */
  readonly general: string;
  readonly steps: Steps;
  readonly value?: Json;
  /** Given by the caller, not made from the tree. */
  readonly isExtra: boolean;
  /** Deletes a member that has no value: null, an empty text, list or object, or false. */
  readonly isWithoutMeaning: boolean;
}

/** The members of a tree that have a value and hold no others, by general path. */
export function membersOf(tree: Json, steps: Steps = []): readonly string[] {
  const inner = entriesOf(tree);
  if (inner.length > 0) return inner.flatMap(([step, value]) => membersOf(value, [...steps, step]));
  return isNothing(tree) ? [] : [generally(steps)];
}

/**
 * Every single change of a tree: another value for each leaf, each member deleted, and a member added to each object
 * and list. `allowed` has values for members that take few; `extra` has members to add.
 */
export function* changesOf(
  tree: Json,
  {
    allowed,
    extra,
  }: {
    readonly allowed: readonly (readonly [path: RegExp, value: Json])[];
    readonly extra: readonly { readonly path: string; readonly value: Json }[];
  },
  steps: Steps = [],
): Generator<Change> {
  const inner = entriesOf(tree);
  if (steps.length > 0) {
    if (inner.length === 0) yield change('change', steps, otherThan(tree, steps, allowed));
    yield change('delete', steps, undefined, isNothing(tree));
  }
  if (Array.isArray(tree)) yield change('add', [...steps, tree.length], tree.at(-1) ?? 'by-hand');
  else if (typeof tree === 'object' && tree !== null) yield change('add', [...steps, 'byHand'], 'by-hand');
  for (const [step, value] of inner) yield* changesOf(value, { allowed, extra: [] }, [...steps, step]);
  for (const { path, value } of extra) yield { ...change('add', stepsOf(path), value), isExtra: true };
}

/** A copy of the tree with the change. */
export function withChange(tree: Json, { kind, steps, value }: Change): Json {
  const copy = structuredClone(tree) as Record<string | number, Json>;
  const last = steps.at(-1) as string | number;
  const parent = steps.slice(0, -1).reduce<Record<string | number, Json>>((node, step) => {
    node[step] ??= {};
    return node[step] as Record<string | number, Json>;
  }, copy);
  if (kind !== 'delete') parent[last] = value as Json;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

/** The value before the change. */
export function valueAt(tree: Json, { steps }: Change): unknown {
  return steps.reduce<unknown>((node, step) => (node as Record<string | number, unknown> | undefined)?.[step], tree);
}

function entriesOf(tree: Json): readonly (readonly [string | number, Json])[] {
  if (Array.isArray(tree)) return tree.map((value, index) => [index, value] as const);
  return typeof tree === 'object' && tree !== null ? Object.entries(tree) : [];
}

function change(kind: Change['kind'], steps: Steps, value?: Json, isWithoutMeaning = false): Change {
  return {
    kind,
    path: show(steps),
    general: generally(steps),
    steps,
    isExtra: false,
    isWithoutMeaning,
    ...(value !== undefined && { value }),
  };
}

function show(steps: Steps): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function generally(steps: Steps): string {
  return show(steps).replaceAll(/\[\d+\]/g, '[]');
}

function stepsOf(path: string): Steps {
  return path
    .replaceAll('[', '.[')
    .split('.')
    .map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step));
}

function otherThan(value: Json, steps: Steps, allowed: readonly (readonly [path: RegExp, value: Json])[]): Json {
  const given = allowed.find(([path]) => path.test(show(steps)));
  if (given) return given[1];
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return `${typeof value === 'string' ? value : ''}-by-hand`;
}

function isNothing(value: Json): boolean {
  return (
    value === null || value === '' || value === false || (typeof value === 'object' && entriesOf(value).length === 0)
  );
}
