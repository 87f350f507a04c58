/** Compares dotted versions by number: negative when `a` is older. `12.4` equals `12.4.0`. */
export function compareVersions(a: string, b: string): number {
  const left = parts(a);
  const right = parts(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** True if `version` is at least `since` and below `until`. Either limit may be missing. */
export function versionInRange(version: string, range: { readonly since?: string; readonly until?: string }): boolean {
  if (range.since !== undefined && compareVersions(version, range.since) < 0) return false;
  return range.until === undefined || compareVersions(version, range.until) < 0;
}

/**
 * The version to ask AMG for: `wanted` itself, the newest of its major (`12`) or minor, or the newest of all for
 * `latest`. Undefined when AMG offers none that fits.
 */
export function chooseVersion(wanted: string, offered: readonly string[]): string | undefined {
  const newestFirst = [...offered].sort((a, b) => compareVersions(b, a));
  if (wanted === 'latest') return newestFirst[0];
  return newestFirst.find((version) => version === wanted || version.startsWith(`${wanted}.`));
}

/**
 * Whether a workspace of version `present` must be upgraded to `wanted`: `12.4.1` counts as `12.4`. `newer` if it runs
 * a newer version, because AMG cannot downgrade.
 */
export function compareWithWanted(present: string, wanted: string): 'same' | 'older' | 'newer' {
  if (present === wanted || present.startsWith(`${wanted}.`)) return 'same';
  return compareVersions(present, wanted) < 0 ? 'older' : 'newer';
}

function parts(version: string): readonly number[] {
  return version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0);
}
