type Matcher = readonly [label: string, operator: string, value: string];

/** A notification policy, as far as it decides who hears of an alert. */
export interface Route {
  readonly receiver?: string;
  readonly object_matchers?: readonly Matcher[];
  readonly continue?: boolean;
  readonly routes?: readonly Route[];
}

/**
 * The contact points that hear of an alert with these labels: the deepest policies that match, as Alertmanager walks
 * its tree.
 */
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
  const pattern = asRegExp(value);
  return pattern !== undefined && pattern.test(actual) === (operator === '=~');
}

/**
 * Grafana's patterns are Go's: their flags come first, as in `(?i)team-.*`. Undefined for what only Go can read, which
 * then counts as no match: a user's own policy is no reason to end the run.
 */
function asRegExp(value: string): RegExp | undefined {
  const [, flags = '', pattern = value] = /^\(\?([ims]+)\)(.*)$/s.exec(value) ?? [];
  try {
    return new RegExp(`^(?:${pattern})$`, [...new Set(flags)].join(''));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The labels of a rule's alerts, with the two that Grafana gives them itself and that policies ask for. */
export function alertLabels(
  { labels, title }: { readonly labels: Readonly<Record<string, string>>; readonly title: string },
  folder: { readonly title: string },
): Readonly<Record<string, string>> {
  return { ...labels, alertname: title, grafana_folder: folder.title };
}
