/** An OTLP/HTTP collector that decodes what arrives (JSON encoding), and can refuse or hang. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, sendForEver } from './s3-faults';

export type AttributeValue = string | number | boolean | undefined;

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly scope: string;
  readonly status: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly resource: Readonly<Record<string, AttributeValue>>;
}

export interface CollectedLog {
  readonly traceId: string;
  readonly spanId: string;
  readonly body: string;
  readonly severity: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly resource: Readonly<Record<string, AttributeValue>>;
}

export interface Collector {
  readonly tracesUrl: string;
  readonly logsUrl: string;
  readonly spans: CollectedSpan[];
  readonly logs: CollectedLog[];
  readonly requests: { readonly path: string; readonly bytes: number }[];
  /** The response in the mode `answer`; by default 200 without a partial success. */
  answer: Omit<Extract<Fault, { kind: 'answer' }>, 'kind'>;
  /** `refuse` answers 503 (retryable), `reject` answers 400 (not retryable). */
  mode: 'answer' | 'refuse' | 'reject' | 'hang';
  /** Resolves when the received records satisfy the condition. Checked at each arrival. */
  until<T>(found: () => T | undefined): Promise<T>;
  reset(): void;
  close(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const server = http.createServer();
  const waiting = new Set<() => void>();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const collector: Collector = {
    tracesUrl: `${base}/v1/traces`,
    logsUrl: `${base}/otlp/v1/logs`,
    spans: [],
    logs: [],
    requests: [],
    mode: 'answer',
    answer: TAKEN,
    until: (found) =>
      new Promise((resolve) => {
        const look = () => {
          const value = found();
          if (value === undefined) return;
          waiting.delete(look);
          resolve(value);
        };
        waiting.add(look);
        look();
      }),
    reset() {
      collector.spans.length = 0;
      collector.logs.length = 0;
      collector.requests.length = 0;
      collector.mode = 'answer';
      collector.answer = TAKEN;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on('request', (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      collector.requests.push({ path: request.url ?? '', bytes: body.length });
      if (collector.mode === 'refuse') response.writeHead(503).end();
      else if (collector.mode === 'reject') response.writeHead(400).end();
      else if (collector.mode === 'answer') {
        if (request.url === '/v1/traces') collector.spans.push(...spansOf(JSON.parse(body.toString())));
        else collector.logs.push(...logsOf(JSON.parse(body.toString())));
        sendForEver(response, collector.answer);
      }
      for (const look of [...waiting]) look();
    });
  });
  return collector;
}

const TAKEN = { status: 200, headers: { 'Content-Type': 'application/json' }, body: '{}' };

interface KeyValue {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}
interface OtlpResource {
  readonly resource?: { readonly attributes?: readonly KeyValue[] };
}
interface TraceRequest {
  readonly resourceSpans: readonly (OtlpResource & {
    readonly scopeSpans: readonly {
      readonly scope?: { readonly name?: string };
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly status?: { readonly code?: number };
        readonly attributes?: readonly KeyValue[];
      }[];
    }[];
  })[];
}
interface LogsRequest {
  readonly resourceLogs: readonly (OtlpResource & {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly traceId?: string;
        readonly spanId?: string;
        readonly body?: { readonly stringValue?: string };
        readonly severityText?: string;
        readonly attributes?: readonly KeyValue[];
      }[];
    }[];
  })[];
}

function spansOf(request: TraceRequest): CollectedSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId || undefined,
        name: span.name,
        kind: span.kind,
        scope: scope?.name ?? '',
        status: span.status?.code ?? 0,
        attributes: record(span.attributes),
        resource: record(resource?.attributes),
      })),
    ),
  );
}

function logsOf(request: LogsRequest): CollectedLog[] {
  return request.resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map((log) => ({
        traceId: log.traceId ?? '',
        spanId: log.spanId ?? '',
        body: log.body?.stringValue ?? '',
        severity: log.severityText ?? '',
        attributes: record(log.attributes),
        resource: record(resource?.attributes),
      })),
    ),
  );
}

function record(attributes: readonly KeyValue[] = []): Record<string, AttributeValue> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ??
        value.doubleValue ??
        value.boolValue ??
        (value.intValue === undefined ? undefined : Number(value.intValue)),
    ]),
  );
}
