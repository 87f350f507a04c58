import type { FramesAnswer } from './frames';
import type { Span } from './span';

/**
 * Reads a trace's spans from Grafana's frame: one column per member, times in milliseconds (Tempo backend,
 * TraceToFrame).
 */
export function spansOfFrames({ frames }: FramesAnswer): readonly Span[] {
  return frames.flatMap(({ schema, data }) => {
    const columns = new Map(schema.fields.map(({ name = '' }, index) => [name, data.values[index] ?? []]));
    const cell = (name: string, row: number) => columns.get(name)?.[row];
    return (columns.get('spanID') ?? []).map((spanId, row) => ({
      service: String(cell('serviceName', row) ?? ''),
      name: String(cell('operationName', row) ?? ''),
      spanId: String(spanId),
      parentSpanId: String(cell('parentSpanID', row) ?? ''),
      kind: kindOf(cell('kind', row)),
      isError: cell('statusCode', row) === 2,
      startedAt: Number(cell('startTime', row) ?? 0),
      attributes: attributesOf(cell('tags', row)),
    }));
  });
}

const KINDS: readonly Span['kind'][] = ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];

function kindOf(value: unknown): Span['kind'] {
  return KINDS.find((kind) => kind === String(value).toUpperCase()) ?? 'UNSPECIFIED';
}

/** A list of `{key, value}`, or its JSON text. */
function attributesOf(tags: unknown): Span['attributes'] {
  const list: unknown = typeof tags === 'string' ? JSON.parse(tags) : tags;
  if (!Array.isArray(list)) return {};
  return Object.fromEntries(
    (list as readonly { readonly key: string; readonly value: string | number | boolean }[]).map(({ key, value }) => [
      key,
      value,
    ]),
  );
}
