import { parse } from 'protobufjs';
import { compress, uncompress } from 'snappyjs';

/**
 * Prometheus remote write 1.0: a snappy-compressed protobuf message (prometheus/prompb, remote.proto and types.proto).
 */
const proto = `
syntax = "proto3";
package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
message MetricMetadata { int32 type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; repeated Any exemplars = 3; repeated Any histograms = 4; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
message Any {}
`;
const type = parse(proto).root.lookupType('prometheus.WriteRequest');

export interface Sample {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}
export interface TimeSeries {
  /** Includes `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  readonly hasNativeHistograms?: boolean;
}
export type MetricType =
  | 'unknown'
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset';
export interface MetricMetadata {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}
export interface WriteRequest {
  readonly series: readonly TimeSeries[];
  readonly metadata: readonly MetricMetadata[];
}

/** The body is not snappy-compressed remote write 1.0. */
export class RemoteWriteMalformed extends Error {
  override readonly name = 'RemoteWriteMalformed';
}

const metricTypes: readonly MetricType[] = [
  'unknown',
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
];
/** The largest uncompressed write. A larger one is an attack or a mistake. */
const maxBytes = 32 * 1024 * 1024;

interface Message {
  readonly timeseries?: readonly {
    readonly labels?: readonly { readonly name: string; readonly value: string }[];
    readonly samples?: readonly Sample[];
    readonly histograms?: readonly unknown[];
  }[];
  readonly metadata?: readonly {
    readonly type: number;
    readonly metricFamilyName: string;
    readonly help: string;
    readonly unit: string;
  }[];
}

export function encodeWrite({ series, metadata }: WriteRequest): Buffer {
  const message = type.fromObject({
    timeseries: series.map(({ labels, samples }) => ({
      // The protocol requires labels sorted by name.
      labels: Object.keys(labels)
        .sort()
        .map((name) => ({ name, value: labels[name] })),
      samples,
    })),
    metadata: metadata.map(({ name, type: kind, help, unit }) => ({
      type: metricTypes.indexOf(kind),
      metricFamilyName: name,
      help,
      unit,
    })),
  });
  return Buffer.from(compress(Buffer.from(type.encode(message).finish())));
}

/** Throws RemoteWriteMalformed. */
export function decodeWrite(body: Buffer): WriteRequest {
  try {
    const bytes = uncompress(body, maxBytes);
    const message = type.toObject(type.decode(bytes), { longs: Number, defaults: true }) as Message;
    return {
      series: (message.timeseries ?? []).map(({ labels = [], samples = [], histograms = [] }) => ({
        labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
        samples,
        ...(histograms.length > 0 && { hasNativeHistograms: true }),
      })),
      metadata: (message.metadata ?? []).map((each) => ({
        name: each.metricFamilyName,
        type: metricTypes[each.type] ?? 'unknown',
        help: each.help,
        unit: each.unit,
      })),
    };
  } catch (error) {
    throw new RemoteWriteMalformed(`not a remote write 1.0 request: ${(error as Error).message}`, { cause: error });
  }
}
