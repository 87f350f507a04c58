import type { DashboardModel, Panel, Target } from './content';

/** One query of one panel, with variables replaced by their current values. */
export interface PanelQuery {
  /** `<panel id>/<refId>`. */
  readonly id: string;
  readonly title: string;
  readonly datasourceUid: string;
  readonly target: Target;
}

interface Variable {
  readonly name: string;
  readonly label?: string;
  readonly definition?: string;
  readonly datasource?: { readonly uid?: string };
  readonly type?: string;
  readonly query?: unknown;
  readonly allValue?: string | null;
  readonly current?: { readonly value?: unknown };
}

/** Selected values by variable name. Every other variable has its current value. */
export type Chosen = Readonly<Record<string, string>>;

/** Every query of the dashboard's panels, including panels in collapsed rows. */
export function panelQueries(dashboard: DashboardModel, chosen: Chosen = {}): readonly PanelQuery[] {
  const values = valuesOf(dashboard, chosen);
  return allPanels(dashboard.panels).flatMap((panel) =>
    (panel.targets ?? [])
      .filter((target) => target['hide'] !== true)
      .map((target) => ({
        id: `${panel.id}/${target.refId}`,
        title: panel.title ?? '',
        datasourceUid: interpolate(target.datasource?.uid ?? panel.datasource?.uid ?? '', values),
        target: JSON.parse(interpolate(JSON.stringify(target), values)) as Target,
      })),
  );
}

/**
 * The queries that fill the dashboard's drop-downs: `label_values(series, label)` becomes a query for the series with
 * that label. If a drop-down is empty, the panels that use its variable show no data.
 */
export function variableQueries(dashboard: DashboardModel, chosen: Chosen = {}): readonly PanelQuery[] {
  const values = valuesOf(dashboard, chosen);
  return variablesOf(dashboard).flatMap(({ name, label, type, definition, datasource }) => {
    const [, series, wanted] = /^label_values\((.+),\s*(\w+)\)$/.exec(definition ?? '') ?? [];
    if (type !== 'query' || series === undefined || wanted === undefined) return [];
    const labelled = `${wanted}!=""`;
    const selector = series.endsWith('}') ? `${series.slice(0, -1)}, ${labelled}}` : `${series}{${labelled}}`;
    const expr = `count by (${wanted}) (${interpolate(selector, values)})`;
    return [
      {
        id: `$${name}`,
        title: label ?? name,
        datasourceUid: datasource?.uid ?? '',
        target: { refId: 'A', expr, instant: true, range: false },
      },
    ];
  });
}

function valuesOf(dashboard: DashboardModel, chosen: Chosen): ReadonlyMap<string, string> {
  return new Map(
    variablesOf(dashboard).map((variable) => [variable.name, chosen[variable.name] ?? currentValue(variable)]),
  );
}

function variablesOf(dashboard: DashboardModel): readonly Variable[] {
  return (dashboard['templating'] as { readonly list?: readonly Variable[] } | undefined)?.list ?? [];
}

function allPanels(panels: readonly Panel[]): readonly Panel[] {
  return panels.flatMap((panel) => [panel, ...allPanels(panel.panels ?? [])]);
}

/** Grafana replaces `All` by the variable's `allValue`, or by a regular expression that matches anything. */
function currentValue({ type, query, allValue, current }: Variable): string {
  const value = current?.value;
  const chosen = Array.isArray(value)
    ? value.map(String)
    : value === undefined || value === null
      ? []
      : [String(value)];
  if (chosen.includes('$__all')) return allValue || '.*';
  if (chosen.length > 0) return chosen.length > 1 ? `(${chosen.join('|')})` : (chosen[0] ?? '');
  return type === 'query' || typeof query !== 'string' ? '.*' : query;
}

/** `$name`, `${name}`, `${name:format}` and `[[name]]`; Grafana's backend fills its own `$__…`. */
function interpolate(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]|\$(\w+)/g, (whole, braced, bracketed, bare) => {
    const value = values.get(braced ?? bracketed ?? bare);
    return value === undefined ? whole : JSON.stringify(value).slice(1, -1);
  });
}
