import type { Line } from './line';

/**
 * `| json`: every scalar of the line's JSON object becomes a label, nested names joined by underscores, arrays skipped.
 * A name that the stream or the structured metadata already uses gets the suffix `_extracted`. A line that is not a
 * JSON object gets `__error__`.
 */
export function parseJsonLine(line: Line): Line {
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ...line, labels: { ...line.labels, __error__: 'JSONParserErr' } };
  }
  const labels: Record<string, string> = { ...line.labels };
  const parsed = new Set(line.parsed);
  for (const [path, text] of flatten(value)) {
    const isTaken = path in line.entry.labels || path in line.entry.metadata;
    const name = isTaken ? `${path}_extracted` : path;
    labels[name] = text;
    parsed.add(name);
  }
  return { ...line, labels, parsed };
}

/** Every scalar of a JSON object, with its label's name and its path of keys. Arrays are skipped. */
export function* flatten(
  object: object,
  above: readonly string[] = [],
): Generator<[name: string, text: string, keys: readonly string[]]> {
  for (const [key, value] of Object.entries(object)) {
    const keys = [...above, key];
    if (Array.isArray(value) || value === null) continue;
    if (typeof value === 'object') yield* flatten(value as object, keys);
    else yield [keys.map(sanitize).join('_'), String(value), keys];
  }
}

function sanitize(key: string): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
}
