import { type Html, html } from '../../../report';
import type { TraceSpan } from '../engines';

/** A trace as a waterfall: each span below its parent, its bar on the time axis of the whole request. */
export function waterfall(spans: readonly TraceSpan[]): Html {
  if (spans.length === 0) return html`<p class="sub">Not in Tempo yet.</p>`;
  const start = Math.min(...spans.map((span) => span.start));
  const total = Math.max(Math.max(...spans.map((span) => span.end)) - start, 0.001);
  return html`<ol class="waterfall">${inOrder(spans).map(({ span, depth }) => {
    const x = ((span.start - start) / total) * 100;
    const length = Math.max(((span.end - span.start) / total) * 100, 0.8);
    return html`<li class="d${Math.min(depth, 6)} ${span.isError ? 'bad' : kindTone(span.kind)}"><span class="span-name">${span.name}${span.isError && html` <b class="bad">error</b>`}</span>
<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="8"/><rect class="duration" x="${x.toFixed(2)}" width="${Math.min(length, 100 - x).toFixed(2)}" height="8"/></svg>
<span class="number">${milliseconds(span.end - span.start)}</span></li>`;
  })}</ol>`;
}

/** Parents before children, siblings by start; a span without its parent in the trace counts as a root. */
function inOrder(spans: readonly TraceSpan[]): readonly { readonly span: TraceSpan; readonly depth: number }[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = Map.groupBy(spans, ({ parentId }) => (ids.has(parentId) ? parentId : ''));
  const seen = new Set<string>();
  const below = (parent: string, depth: number): { span: TraceSpan; depth: number }[] =>
    (children.get(parent) ?? [])
      .toSorted((a, b) => a.start - b.start || b.end - a.end)
      .flatMap((span) => {
        if (seen.has(span.id)) return [];
        seen.add(span.id);
        return [{ span, depth }, ...below(span.id, depth + 1)];
      });
  return below('', 0);
}

function kindTone(kind: string): string {
  return kind === 'SERVER' ? 'server' : kind === 'CLIENT' ? 'client' : 'internal';
}

/** `4.5 ms` below ten, `26 ms` above. */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
