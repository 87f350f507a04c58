/** Licences whose terms a project under MIT-0 can keep, as a dependency or in a bundle; by SPDX identifier. */
export const allowed: Readonly<Record<string, string>> = {
  '0BSD': 'no conditions',
  'Apache-2.0': 'keep the notices',
  'BlueOak-1.0.0': 'keep the notice',
  'BSD-2-Clause': 'keep the notice',
  'BSD-3-Clause': 'keep the notice, no endorsement',
  'CC-BY-4.0': 'data; name the source',
  'CC0-1.0': 'no conditions',
  ISC: 'keep the notice',
  MIT: 'keep the notice',
  'MIT-0': 'no conditions',
  'MPL-2.0': 'a changed file stays under it; in tests only, unchanged',
  'PSF-2.0': 'keep the notice',
  'Python-2.0': 'keep the notice',
  Zlib: 'keep the notice',
};

/**
 * Whether an SPDX expression can be met by allowed licences alone: every one that AND joins, one of those that OR joins
 * (AND binds closer). An expression that cannot be read, `WITH` and `SEE LICENSE IN …` among them, cannot be met.
 */
export function isAllowed(expression: string): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const any = (): boolean => {
    let met = all();
    while (tokens[at] === 'OR') {
      at += 1;
      met = all() || met;
    }
    return met;
  };
  const all = (): boolean => {
    let met = one();
    while (tokens[at] === 'AND') {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const one = (): boolean => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token !== '(') return Object.hasOwn(allowed, token);
    const met = any();
    const isClosed = tokens[at] === ')';
    at += 1;
    return met && isClosed;
  };
  const met = any();
  return met && at === tokens.length;
}
