type Matcher = readonly [label: string, operator: string, value: string];

/** The members of a notification policy that decide who receives an alert. */
export interface Route {
  readonly receiver?: string;
  readonly object_matchers?: readonly Matcher[];
  readonly continue?: boolean;
  readonly routes?: readonly Route[];
}

/**
 * The contact points that receive an alert with these labels: those of the deepest matching policies, as in
 * Alertmanager.
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
 * Converts a Go pattern of Grafana, whose flags come first, as in `(?i)team-.*`. Undefined for syntax that only Go
 * knows. That counts as no match, because a user's policy must not end the run.
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

/** The labels of a rule's alerts, with the two that Grafana adds and that policies may match. */
export function alertLabels(
  { labels, title }: { readonly labels: Readonly<Record<string, string>>; readonly title: string },
  folder: { readonly title: string },
): Readonly<Record<string, string>> {
  return { ...labels, alertname: title, grafana_folder: folder.title };
}
