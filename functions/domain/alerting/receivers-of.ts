type Matcher = readonly [label: string, operator: string, value: string];

/** A notification policy, as far as it decides who hears of an alert. */
export interface Route {
  readonly receiver?: string;
  readonly object_matchers?: readonly Matcher[];
  readonly continue?: boolean;
  readonly routes?: readonly Route[];
}

/** The contact points that hear of an alert with these labels: the deepest policies that match, as Alertmanager walks its tree. */
export function receiversOf(route: Route, labels: Readonly<Record<string, string>>, inherited = ''): readonly string[] {
  const own = route.receiver || inherited;
  const found: string[] = [];
  for (const child of route.routes ?? []) {
    if (!(child.object_matchers ?? []).every((matcher) => matches(matcher, labels))) continue;
    found.push(...receiversOf(child, labels, own));
    if (!child.continue) break;
  }
  return found.length > 0 ? found : [own];
}

function matches([label, operator, value]: Matcher, labels: Readonly<Record<string, string>>): boolean {
  const actual = labels[label] ?? '';
  if (operator === '=' || operator === '!=') return (actual === value) === (operator === '=');
  return new RegExp(`^(?:${value})$`).test(actual) === (operator === '=~');
}
