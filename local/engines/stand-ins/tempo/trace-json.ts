import type { Scope, Span } from '../../wire/otlp';
import type { StoredSpan } from './store';

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const codes = ['UNSET', 'OK', 'ERROR'];

export const kindName = (kind = 0): string => `SPAN_KIND_${kinds[kind] ?? 'UNSPECIFIED'}`;
export const statusName = (code = 0): string => `STATUS_CODE_${codes[code] ?? 'UNSET'}`;

/** A trace in Tempo's answer: the JSON form of protobuf, with ids in base64 and enums as names. */
export function resourceSpansJson(spans: readonly StoredSpan[]): object[] {
  const resources = new Map<string, { resource: object; scopes: Map<string, { scope?: Scope; spans: object[] }> }>();
  for (const { span, scope, resource } of spans) {
    const key = JSON.stringify(resource);
    const inResource = resources.get(key) ?? { resource: { attributes: resource }, scopes: new Map() };
    resources.set(key, inResource);
    const scopeKey = JSON.stringify(scope);
    const inScope = inResource.scopes.get(scopeKey) ?? { ...(scope && { scope }), spans: [] };
    inResource.scopes.set(scopeKey, inScope);
    inScope.spans.push(spanJson(span));
  }
  const json = [...resources.values()].map(({ resource, scopes }) => ({ resource, scopeSpans: [...scopes.values()] }));
  return textNumbers(json) as object[];
}

/** The JSON form of protobuf has 64-bit integers as strings; senders may use numbers. */
function textNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(textNumbers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === 'intValue' ? String(inner) : textNumbers(inner)]),
  );
}

function spanJson({ traceId, spanId, parentSpanId, kind, status, links, ...rest }: Span): object {
  return {
    traceId: base64(traceId),
    spanId: base64(spanId),
    ...(parentSpanId && { parentSpanId: base64(parentSpanId) }),
    ...rest,
    ...(kind && { kind: kindName(kind) }),
    ...(links?.length && {
      links: links.map((link) => ({ ...link, traceId: base64(link.traceId), spanId: base64(link.spanId) })),
    }),
    status: {
      ...(status?.message && { message: status.message }),
      ...(status?.code && { code: statusName(status.code) }),
    },
  };
}

function base64(hexadecimal: string): string {
  return Buffer.from(hexadecimal, 'hex').toString('base64');
}
