type Tree = null | boolean | number | string | undefined | readonly Tree[] | { readonly [key: string]: Tree };

/**
 * The differences between `actual` and `desired`, as paths with both values. Members that `desired` lacks are ignored:
 * a server adds ids, versions and defaults. Lists must have the same length and order.
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
    if (desired.length === 0 && isEmpty(actual)) return [];
    if (!Array.isArray(actual)) return [formatDifference(path, desired, actual)];
    if (actual.length !== desired.length)
      return [`${path || 'value'}: ${actual.length} instead of ${desired.length} entries`];
    return desired.flatMap((entry, index) =>
      compare(entry as Tree, actual[index] as Tree, ignore, `${path}[${index}]`),
    );
  }
  if (typeof desired === 'object' && desired !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual))
      return [formatDifference(path, desired, actual)];
    return Object.entries(desired).flatMap(([key, value]) =>
      ignore.has(key)
        ? []
        : compare(value as Tree, (actual as Record<string, Tree>)[key], ignore, path ? `${path}.${key}` : key),
    );
  }
  return same(desired, actual) ? [] : [formatDifference(path, desired, actual)];
}

/** Grafana does not store false, empty or null values. */
function same(desired: Tree, actual: Tree): boolean {
  return desired === actual || (isEmpty(desired) && isEmpty(actual));
}

function isEmpty(value: Tree): boolean {
  return value === undefined || value === null || value === '' || value === false;
}

function formatDifference(path: string, desired: Tree, actual: Tree): string {
  return `${path || 'value'}: ${show(actual)} instead of ${show(desired)}`;
}

function show(value: Tree): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
