/**
 * Functions of alert templates: prometheus/alertmanager template.DefaultFuncs, and Grafana's humanize family for rule
 * annotations.
 */
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));
const size = (value: unknown): number =>
  Array.isArray(value) || typeof value === 'string'
    ? value.length
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length
      : 0;
const truthy = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? size(value) > 0 : Boolean(value);

const functions: Readonly<Record<string, (...values: unknown[]) => unknown>> = {
  len: size,
  eq: (first, ...others) => others.some((other) => text(other) === text(first)),
  ne: (left, right) => text(left) !== text(right),
  gt: (left, right) => Number(left) > Number(right),
  ge: (left, right) => Number(left) >= Number(right),
  lt: (left, right) => Number(left) < Number(right),
  le: (left, right) => Number(left) <= Number(right),
  and: (...values) => values.find((value) => !truthy(value)) ?? values.at(-1),
  or: (...values) => values.find(truthy) ?? values.at(-1),
  not: (value) => !truthy(value),
  index: (value, key) =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[text(key)] : undefined,
  print: (...values) => values.map(text).join(''),
  printf: (format, ...values) => printf(text(format), values),
  toUpper: (value) => text(value).toUpperCase(),
  toLower: (value) => text(value).toLowerCase(),
  title: (value) => text(value).replace(/\b\w/g, (letter) => letter.toUpperCase()),
  trimSpace: (value) => text(value).trim(),
  join: (separator, values) => (Array.isArray(values) ? values.map(text).join(text(separator)) : text(values)),
  match: (pattern, value) => new RegExp(text(pattern)).test(text(value)),
  reReplaceAll: (pattern, replacement, value) => text(value).replace(new RegExp(text(pattern), 'g'), text(replacement)),
  humanize: (value) => humanize(Number(value)),
  humanizePercentage: (value) => `${Number((Number(value) * 100).toPrecision(4))}%`,
  humanizeDuration: (value) => `${Number(Number(value).toPrecision(4))}s`,
};

/** Throws for a function that does not exist in alert templates. */
export function callFunction(name: string, values: readonly unknown[]): unknown {
  const call = functions[name];
  if (!call) throw new Error(`function "${name}" not defined`);
  return call(...values);
}

function printf(format: string, values: readonly unknown[]): string {
  let next = 0;
  return format.replace(/%(?:\.(\d+))?([sdvfgq%])/g, (_whole, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    const value = values[next];
    next += 1;
    if (verb === 'f') return Number(value).toFixed(precision === undefined ? 6 : Number(precision));
    if (verb === 'g')
      return precision === undefined ? text(Number(value)) : text(Number(Number(value).toPrecision(Number(precision))));
    if (verb === 'd') return text(Math.trunc(Number(value)));
    const shown = precision === undefined ? text(value) : [...text(value)].slice(0, Number(precision)).join('');
    return verb === 'q' ? JSON.stringify(shown) : shown;
  });
}

function humanize(value: number): string {
  const steps: readonly (readonly [number, string])[] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
    [1, ''],
    [1e-3, 'm'],
    [1e-6, 'u'],
  ];
  if (value === 0 || !Number.isFinite(value)) return text(value);
  const [factor, unit] = steps.find(([step]) => Math.abs(value) >= step) ?? [1, ''];
  return `${Number((value / factor).toPrecision(4))}${unit}`;
}
