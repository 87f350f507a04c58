import { parse } from 'protobufjs';
import { otlpProto } from './otlp-proto';

/** OTLP's messages in their JSON shape: camelCase, ids in hexadecimal, 64-bit numbers as text or number. */
export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly bytesValue?: string;
}
export interface KeyValue {
  readonly key: string;
  readonly value?: AnyValue;
}
export interface Resource {
  readonly attributes?: readonly KeyValue[];
}
export interface Scope {
  readonly name?: string;
  readonly version?: string;
  readonly attributes?: readonly KeyValue[];
}
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind?: number;
  readonly startTimeUnixNano?: string;
  readonly endTimeUnixNano?: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly { timeUnixNano?: string; name?: string; attributes?: readonly KeyValue[] }[];
  readonly links?: readonly { traceId: string; spanId: string; attributes?: readonly KeyValue[] }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status?: { readonly code?: number; readonly message?: string };
}
export interface ResourceSpans {
  readonly resource?: Resource;
  readonly scopeSpans?: readonly { readonly scope?: Scope; readonly spans?: readonly Span[] }[];
}
export interface LogRecord {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly flags?: number;
  readonly traceId?: string;
  readonly spanId?: string;
}
export interface ResourceLogs {
  readonly resource?: Resource;
  readonly scopeLogs?: readonly { readonly scope?: Scope; readonly logRecords?: readonly LogRecord[] }[];
}
export interface NumberPoint {
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly asInt?: string | number;
  readonly attributes?: readonly KeyValue[];
}
export interface HistogramPoint {
  readonly timeUnixNano?: string;
  readonly count?: string | number;
  readonly sum?: number;
  readonly bucketCounts?: readonly (string | number)[];
  readonly explicitBounds?: readonly number[];
  readonly attributes?: readonly KeyValue[];
}
/** `aggregationTemporality`: 1 delta, 2 cumulative. */
export interface Metric {
  readonly name: string;
  readonly unit?: string;
  readonly gauge?: { readonly dataPoints?: readonly NumberPoint[] };
  readonly sum?: {
    readonly dataPoints?: readonly NumberPoint[];
    readonly aggregationTemporality?: number;
    readonly isMonotonic?: boolean;
  };
  readonly histogram?: { readonly dataPoints?: readonly HistogramPoint[]; readonly aggregationTemporality?: number };
}
export interface ResourceMetrics {
  readonly resource?: Resource;
  readonly scopeMetrics?: readonly { readonly scope?: Scope; readonly metrics?: readonly Metric[] }[];
}

/** The body is not the expected OTLP message. */
export class OtlpMalformed extends Error {
  override readonly name = 'OtlpMalformed';
}

const { root } = parse(otlpProto);
const types = {
  traces: root.lookupType('otlp.ExportTraceServiceRequest'),
  logs: root.lookupType('otlp.ExportLogsServiceRequest'),
  metrics: root.lookupType('otlp.ExportMetricsServiceRequest'),
};

/** The spans of an export request, in protobuf or JSON by its content type. Throws OtlpMalformed. */
export function readTraces(body: Buffer, contentType: string): readonly ResourceSpans[] {
  return list<ResourceSpans>(read('traces', body, contentType), 'resourceSpans');
}

/** The log records of an export request, in protobuf or JSON by its content type. Throws OtlpMalformed. */
export function readLogs(body: Buffer, contentType: string): readonly ResourceLogs[] {
  return list<ResourceLogs>(read('logs', body, contentType), 'resourceLogs');
}

/** The metrics of an export request, in protobuf or JSON by its content type. Throws OtlpMalformed. */
export function readMetrics(body: Buffer, contentType: string): readonly ResourceMetrics[] {
  return list<ResourceMetrics>(read('metrics', body, contentType), 'resourceMetrics');
}

/** A scalar value as text, an array or map as JSON; undefined for an empty value. */
export function textOf(value: AnyValue | undefined): string | undefined {
  const plain = plainOf(value);
  if (plain === undefined) return undefined;
  return typeof plain === 'object' ? JSON.stringify(plain) : String(plain);
}

/** A value as JSON data. */
export function plainOf(value: AnyValue | undefined): unknown {
  if (value === undefined) return undefined;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainOf);
  if (value.kvlistValue !== undefined) {
    return Object.fromEntries((value.kvlistValue.values ?? []).map((each) => [each.key, plainOf(each.value)]));
  }
  return undefined;
}

export function attribute(attributes: readonly KeyValue[] | undefined, key: string): string | undefined {
  return textOf(attributes?.find((each) => each.key === key)?.value);
}

function read(signal: keyof typeof types, body: Buffer, contentType: string): unknown {
  try {
    if (contentType.startsWith('application/json')) return JSON.parse(body.toString('utf8'));
    const object = types[signal].toObject(types[signal].decode(body), { longs: String, bytes: Array });
    return hexadecimalIds(object);
  } catch (error) {
    throw new OtlpMalformed(`not an OTLP ${signal} request: ${(error as Error).message}`, { cause: error });
  }
}

const idFields = new Set(['traceId', 'spanId', 'parentSpanId']);

function hexadecimalIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hexadecimalIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (idFields.has(key)) return [key, Buffer.from(inner as number[]).toString('hex')];
      if (key === 'bytesValue') return [key, Buffer.from(inner as number[]).toString('base64')];
      return [key, hexadecimalIds(inner)];
    }),
  );
}

function list<Item>(message: unknown, field: string): readonly Item[] {
  const items =
    typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[field] : undefined;
  if (items === undefined) return [];
  if (!Array.isArray(items)) throw new OtlpMalformed(`${field} is not a list`);
  return items as Item[];
}
