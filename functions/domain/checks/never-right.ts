import type { PanelQuery } from '../dashboard-queries';
import type { Grafana } from '../grafana';
import type { QueryTime } from '../queries/frames';
import { logLines } from '../queries/loki';
import { instantQuery } from '../queries/prometheus';

/** Letters that a misspelt name may differ by. */
const MOST_EDITS = 2;

/**
 * Why a query that found nothing can never find something: it names a metric that is not there beside one that is
 * spelt almost alike, or a label that no series or line has. Undefined where it may only be late.
 */
export async function neverRight(grafana: Grafana, query: PanelQuery, time: QueryTime): Promise<string | undefined> {
  const expr = query.target['expr'];
  if (typeof expr !== 'string') return undefined;
  if (query.datasourceUid === 'loki') return wrongStreamLabel(grafana, expr, time);
  return query.datasourceUid === 'prometheus' ? wrongSeries(grafana, expr, time) : undefined;
}

async function wrongSeries(grafana: Grafana, expr: string, time: QueryTime): Promise<string | undefined> {
  for (const { metric, labels } of selectorsOf(expr)) {
    const series = await instantQuery(grafana, metric, time);
    if (series.kind !== 'data') continue;
    if (series.data.length === 0) {
      const meant = await nearest(grafana, metric, time);
      if (meant !== undefined) return `there is no metric ${metric}, but there is ${meant}`;
      continue;
    }
    const known = new Set(series.data.flatMap((sample) => Object.keys(sample.labels)));
    const unknown = labels.find((label) => !known.has(label));
    if (unknown !== undefined) return `no series of ${metric} has the label ${unknown}`;
  }
  return undefined;
}

/** A metric that is there and spelt almost like this one. */
async function nearest(grafana: Grafana, metric: string, time: QueryTime): Promise<string | undefined> {
  const all = await instantQuery(grafana, 'count by (__name__) ({__name__!=""})', time);
  if (all.kind !== 'data') return undefined;
  return all.data
    .map(({ labels }) => labels['__name__'] ?? '')
    .find((name) => name !== '' && name !== metric && isNear(name, metric));
}

async function wrongStreamLabel(grafana: Grafana, expr: string, time: QueryTime): Promise<string | undefined> {
  const [, selector = ''] = /\{([^}]*)\}/.exec(expr) ?? [];
  const lines = await logLines(grafana, '{service_name=~".+"}', time, 10);
  if (lines.kind !== 'data' || lines.data.length === 0) return undefined;
  const known = new Set(lines.data.flatMap(({ labels }) => Object.keys(labels)));
  const unknown = matchedLabels(selector).find((label) => !known.has(label));
  return unknown === undefined ? undefined : `no log line has the label ${unknown}`;
}

/** The metrics of a PromQL expression, each with the labels that must be there for it to match. */
function selectorsOf(expr: string): readonly { readonly metric: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\}|(?=\[))/g)].map(
    ([, metric = '', matchers = '']) => ({ metric, labels: matchedLabels(matchers) }),
  );
}

/** Not those whose matcher an absent label fulfils: `!=`, `!~`, an empty value, and `=~".*"`. */
function matchedLabels(matchers: string): readonly string[] {
  return [...matchers.matchAll(/(\w+)\s*(!=|!~|=~|=)\s*"((?:[^"\\]|\\.)*)"/g)]
    .filter(([, , operator, value = '']) => {
      if (operator === '!=') return value === '';
      return operator !== '!~' && value !== '' && !(operator === '=~' && /^(\.\*|.*\|)$|^\|/.test(value));
    })
    .map(([, label = '']) => label);
}

/** Whether one becomes the other by at most `MOST_EDITS` letters added, left out or replaced. */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > MOST_EDITS) return false;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let at = 0; at < b.length; at += 1) {
      const replaced = (row[at] ?? 0) + (b[at] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return (row[b.length] ?? 0) <= MOST_EDITS;
}
