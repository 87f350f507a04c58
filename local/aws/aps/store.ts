/** A workspace's storage: a real Prometheus, or samples in memory with the evaluator of this folder. */
export interface MetricsStore {
  /** `Prometheus 3.13.5 (cache)` or `Prometheus stand-in`. */
  readonly label: string;
  /** A remote write request: snappy-compressed protobuf. */
  write(body: Buffer): Promise<StoreAnswer>;
  /** A query of Prometheus's HTTP API: `path` is below `/api/v1/`. */
  read(path: string, parameters: URLSearchParams): Promise<StoreAnswer>;
  close(): Promise<void>;
}

export interface StoreAnswer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export function jsonAnswer(status: number, value: unknown): StoreAnswer {
  return { status, body: JSON.stringify(value), contentType: 'application/json' };
}
