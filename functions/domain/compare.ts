type Tree = null | boolean | number | string | undefined | readonly Tree[] | { readonly [key: string]: Tree };

/**
 * Where `actual` differs from `desired`, as paths with both values. Only what `desired` says is compared: a server adds
 * ids, versions and defaults of its own. Lists must have the same length and order.
 */
export function differences(
  desired: unknown,
  actual: unknown,
  ignore: ReadonlySet<string> = new Set(),
  path = '',
): readonly string[] {
  return compare(desired as Tree, actual as Tree, ignore, path);
}

function compare(desired: Tree, actual: Tree, ignore: ReadonlySet<string>, path: string): readonly string[] {
  if (Array.isArray(desired)) {
    if (desired.length === 0 && isNothing(actual)) return [];
    if (!Array.isArray(actual)) return [say(path, desired, actual)];
    if (actual.length !== desired.length)
      return [`${path || 'value'}: ${actual.length} instead of ${desired.length} entries`];
    return desired.flatMap((entry, index) =>
      compare(entry as Tree, actual[index] as Tree, ignore, `${path}[${index}]`),
    );
  }
  if (typeof desired === 'object' && desired !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return [say(path, desired, actual)];
    return Object.entries(desired).flatMap(([key, value]) =>
      ignore.has(key)
        ? []
        : compare(value as Tree, (actual as Record<string, Tree>)[key], ignore, path ? `${path}.${key}` : key),
    );
  }
  return same(desired, actual) ? [] : [say(path, desired, actual)];
}

/** Grafana leaves out what is false, empty or null when it stores. */
function same(desired: Tree, actual: Tree): boolean {
  return desired === actual || (isNothing(desired) && isNothing(actual));
}

function isNothing(value: Tree): boolean {
  return value === undefined || value === null || value === '' || value === false;
}

function say(path: string, desired: Tree, actual: Tree): string {
  return `${path || 'value'}: ${show(actual)} instead of ${show(desired)}`;
}

function show(value: Tree): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
