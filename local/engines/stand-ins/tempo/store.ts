import type { KeyValue, ResourceSpans, Scope, Span } from '../../wire/otlp';

/** A span with its resource and scope. */
export interface StoredSpan {
  readonly span: Span;
  readonly scope: Scope | undefined;
  readonly resource: readonly KeyValue[];
}

/** Traces in memory. Over `limit`, those that came first are removed. */
export class TraceStore {
  readonly received = { spans: 0, bytes: 0 };
  private readonly traces = new Map<string, StoredSpan[]>();

  constructor(private readonly limit = 20_000) {}

  add(batches: readonly ResourceSpans[], bytes: number): StoredSpan[] {
    const added = batches.flatMap(({ resource, scopeSpans = [] }) =>
      scopeSpans.flatMap(({ scope, spans = [] }) =>
        spans.map((span) => ({ span, scope, resource: resource?.attributes ?? [] })),
      ),
    );
    for (const each of added) {
      const id = normalId(each.span.traceId);
      const known = this.traces.get(id);
      if (known) known.push(each);
      else this.traces.set(id, [each]);
    }
    for (const id of this.traces.keys()) {
      if (this.traces.size <= this.limit) break;
      this.traces.delete(id);
    }
    this.received.spans += added.length;
    this.received.bytes += bytes;
    return added;
  }

  find(traceId: string): readonly StoredSpan[] | undefined {
    return this.traces.get(normalId(traceId));
  }

  /** Newest first. */
  all(): readonly (readonly StoredSpan[])[] {
    return [...this.traces.values()].reverse();
  }
}

/** Pads to 32 lower-case hexadecimal digits, because callers may leave out leading zeros. */
export function normalId(traceId: string): string {
  return traceId.toLowerCase().padStart(32, '0');
}
