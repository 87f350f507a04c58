import { type Belongs, MEMBERS, type Member, type Part } from './members';

/** One member that is not as shipped. */
export interface Difference {
  /** `data[0].model.expr`. */
  readonly path: string;
  readonly belongs: Exclude<Belongs, "user's">;
  /** For people: the path with both values, or what the difference does. */
  readonly text: string;
  /** The path with the whole value that was found, which `text` may cut. */
  readonly exact: string;
  /** Right after a write, Grafana may have made this difference itself. False for what is known to silence alerts. */
  readonly isTolerable: boolean;
}

export const textOf = ({ text }: Difference): string => text;

/**
 * The differences between an item of the workspace and what is shipped, by the statement of its members. A member that
 * is not shipped is a difference too, unless the statement leaves it to users. Lists must have the same order. What
 * silences comes first.
 */
export function memberDifferences(part: Part, wanted: unknown, actual: unknown): readonly Difference[] {
  const found = [...walk({ part, wanted, actual, path: [] })];
  return [
    ...found.filter(({ belongs }) => belongs === 'silencing'),
    ...found.filter(({ belongs }) => belongs === 'shipped'),
  ];
}

/** The row of the statement for a member, by its path with names and indices. */
export function memberAt(part: Part, path: readonly (string | number)[]): Member {
  const general = path.map((step) => (typeof step === 'number' ? '[]' : step));
  const key = `${part}\n${general.join('\n')}`;
  const known = rows.get(key);
  if (known) return known;
  const row = compiled[part]?.find(({ steps }) => fits(steps, general))?.member;
  if (!row) throw new RangeError(`the statement has no row for ${path.join('.')} of a ${part}`);
  rows.set(key, row);
  return row;
}

const rows = new Map<string, Member>();

const compiled = Object.fromEntries(
  Object.entries(MEMBERS).map(([part, members]) => [
    part,
    members.map((member) => ({ member, steps: member.path.replaceAll('[]', '.[]').split('.') })),
  ]),
) as Partial<Record<Part, readonly { readonly member: Member; readonly steps: readonly string[] }[]>>;

function fits([step, ...pattern]: readonly string[], path: readonly string[]): boolean {
  if (step === undefined) return path.length === 0;
  if (step === '**') return path.some((_, index) => fits(pattern, path.slice(index))) || fits(pattern, []);
  return path.length > 0 && (step === '*' || step === path[0]) && fits(pattern, path.slice(1));
}

interface Place {
  readonly part: Part;
  readonly wanted: unknown;
  readonly actual: unknown;
  readonly path: readonly (string | number)[];
}

function* walk({ part, wanted, actual, path }: Place): Generator<Difference> {
  if (wanted === actual) return;
  const member = path.length === 0 ? undefined : memberAt(part, path);
  if (member?.belongs === "user's") return;
  if (member && isSame(member, wanted, actual)) return;
  const inside = member?.says === undefined && namesWithin(wanted, actual);
  if (inside) {
    for (const name of inside)
      yield* walk({ part, wanted: at(wanted, name), actual: at(actual, name), path: [...path, name] });
    return;
  }
  yield differenceOf(member, wanted, actual, path);
}

/** The members to compare one by one; undefined if the values are compared as a whole. */
function namesWithin(wanted: unknown, actual: unknown): readonly (string | number)[] | undefined {
  if (Array.isArray(wanted) && Array.isArray(actual))
    return wanted.length === actual.length ? wanted.map((_, index) => index) : undefined;
  if (isObject(actual) && (isObject(wanted) || wanted === undefined))
    return [...new Set([...Object.keys(wanted ?? {}), ...Object.keys(actual)])];
  return undefined;
}

function at(value: unknown, name: string | number): unknown {
  return value === undefined ? undefined : (value as Readonly<Record<string | number, unknown>>)[name];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSame({ defaults = [], isVerbatim }: Member, wanted: unknown, actual: unknown): boolean {
  const isNone = (value: unknown): boolean =>
    value === undefined ||
    value === null ||
    value === '' ||
    (value === false && !isVerbatim) ||
    (typeof value === 'object' && Object.keys(value).length === 0) ||
    defaults.includes(value);
  return isNone(wanted) && isNone(actual);
}

function differenceOf(
  member: Member | undefined,
  wanted: unknown,
  actual: unknown,
  path: readonly (string | number)[],
): Difference {
  const at_ = show(path);
  const isCount = Array.isArray(wanted) && Array.isArray(actual);
  const difference = isCount
    ? `${at_}: ${actual.length} instead of ${wanted.length} entries`
    : `${at_}: ${tell(actual)} instead of ${tell(wanted)}`;
  const says = (wanted === undefined ? member?.saysAdded : undefined) ?? member?.says ?? '{difference}';
  const text = says
    .replaceAll('{difference}', difference)
    .replaceAll('{is}', inWords(actual))
    .replaceAll('{wanted}', inWords(wanted))
    .replaceAll('{member}', String(path.at(-1)));
  return {
    path: at_,
    belongs: member?.belongs === 'silencing' ? 'silencing' : 'shipped',
    text,
    exact: `${at_}: ${JSON.stringify(actual)}`,
    isTolerable: member?.says === undefined && member?.saysAdded === undefined,
  };
}

function show(path: readonly (string | number)[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text.replace(/^\./, '') || 'value';
}

function tell(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function inWords(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : tell(value);
}
