import { randomBytes } from 'node:crypto';
import type { Edit } from './between';

/** The parts of OTLP's JSON encoding that the mutations change. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status?: { readonly code?: number };
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes: readonly Attribute[];
}
export interface LogRecord {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly severityText?: string;
  readonly severityNumber?: number;
  readonly timeUnixNano?: string;
  readonly attributes?: readonly Attribute[];
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}
export interface Resource {
  readonly attributes: readonly Attribute[];
}

/** How the telemetry of one run of the tester is broken; `undefined` as a result drops the record. */
export interface TelemetryMutation {
  /** A span of the service. */
  span?(span: Span): Span | undefined;
  /** The tester's own span, the root. */
  root?(span: Span): Span | undefined;
  log?(record: LogRecord): LogRecord | undefined;
  resource?(resource: Resource): Resource;
}

/** Returns the mutation of a trace. Called after all runs of the tester. */
export type MutationOf = (traceId: string) => Promise<TelemetryMutation | undefined>;

interface Traces {
  readonly resourceSpans?: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly scope?: unknown; readonly spans: readonly Span[] }[];
  }[];
}
interface Logs {
  readonly resourceLogs?: readonly {
    readonly resource: Resource;
    readonly scopeLogs: readonly { readonly scope?: unknown; readonly logRecords: readonly LogRecord[] }[];
  }[];
}

/** Applies to each span the mutation of its trace, before Tempo. Each span gets its own resource. */
export function editSpans(mutationOf: MutationOf): Edit {
  return async (body, path) => {
    if (path !== '/v1/traces') return body;
    const { resourceSpans = [] } = JSON.parse(body.toString('utf8')) as Traces;
    const entries = resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ resource, scope, span }))),
    );
    const edited = await Promise.all(
      entries.map(async ({ resource, scope, span }) => {
        const mutation = await mutationOf(span.traceId);
        const kept = mutated(span, resource, mutation);
        return kept === undefined ? [] : [{ resource: kept.resource, scopeSpans: [{ scope, spans: [kept.span] }] }];
      }),
    );
    return Buffer.from(JSON.stringify({ resourceSpans: edited.flat() }));
  };
}

/** A span and its resource after the mutation; undefined when the span is dropped. */
export function mutated(
  span: Span,
  resource: Resource,
  mutation: TelemetryMutation | undefined,
): { readonly span: Span; readonly resource: Resource } | undefined {
  const isRoot = attributeOf(resource, 'service.name') === 'tester';
  const edit = isRoot ? mutation?.root : mutation?.span;
  const kept = edit ? edit(span) : span;
  return kept && { span: kept, resource: (!isRoot && mutation?.resource?.(resource)) || resource };
}

/** The same for log records on their way to Loki. */
export function editLogs(mutationOf: MutationOf): Edit {
  return async (body, path) => {
    if (path !== '/otlp/v1/logs') return body;
    const { resourceLogs = [] } = JSON.parse(body.toString('utf8')) as Logs;
    const entries = resourceLogs.flatMap(({ resource, scopeLogs }) =>
      scopeLogs.flatMap(({ scope, logRecords }) => logRecords.map((record) => ({ resource, scope, record }))),
    );
    const edited = await Promise.all(
      entries.map(async ({ resource, scope, record }) => {
        const mutation = await mutationOf(record.traceId ?? '');
        const kept = mutation?.log ? mutation.log(record) : record;
        return kept === undefined ? [] : [{ resource, scopeLogs: [{ scope, logRecords: [kept] }] }];
      }),
    );
    return Buffer.from(JSON.stringify({ resourceLogs: edited.flat() }));
  };
}

export const newSpanId = (): string => randomBytes(8).toString('hex');
export const isS3 = ({ name }: Span): boolean => name.startsWith('S3.');
export const isServer = ({ kind }: Span): boolean => kind === 2;

export function withAttribute<Record extends { readonly attributes?: readonly Attribute[] }>(
  record: Record,
  key: string,
  value: Attribute['value'],
): Record {
  return {
    ...record,
    attributes: (record.attributes ?? []).map((attribute) => (attribute.key === key ? { key, value } : attribute)),
  };
}

/** Nanoseconds since 1970 as text, moved by hours. */
export function movedBy(hours: number, nanoseconds: string | undefined): string {
  return String(BigInt(nanoseconds ?? '0') + BigInt(hours) * 3_600_000_000_000n);
}

export function attributeOf({ attributes = [] }: { readonly attributes?: readonly Attribute[] }, key: string): string {
  const value = attributes.find((attribute) => attribute.key === key)?.value;
  return String(value?.intValue ?? value?.stringValue ?? '');
}
