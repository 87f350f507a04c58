import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResolvedBackend } from '../../../../engines';
import { type LogRecord, readLogs, readTraces, type Span } from '../../../../engines/wire/otlp';
import { decodeWrite, type TimeSeries } from '../../../../engines/wire/remote-write';
import { type Engine, startEngine } from './engine';

/** The stores behind a gateway: they decode what arrives. `away` is the status that they answer instead. */
export interface Stores {
  readonly url: string;
  readonly spans: Span[];
  readonly logs: LogRecord[];
  readonly series: TimeSeries[];
  /** Paths of the requests so far, refused ones included. */
  readonly paths: string[];
  away: { traces?: number; logs?: number; metrics?: number };
  close(): Promise<void>;
}

export async function startStores(): Promise<Stores> {
  const stores: Omit<Stores, 'url' | 'close'> = { spans: [], logs: [], series: [], paths: [], away: {} };
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { gunzipSync } = await import('node:zlib');
    const raw = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const path = request.url ?? '';
    const type = request.headers['content-type'] ?? '';
    stores.paths.push(path);
    const signal = path === '/v1/traces' ? 'traces' : path === '/otlp/v1/logs' ? 'logs' : 'metrics';
    const refused = stores.away[signal];
    if (refused !== undefined) {
      response.writeHead(refused).end();
      return;
    }
    if (signal === 'traces') {
      const scopes = readTraces(body, type).flatMap(({ scopeSpans = [] }) => scopeSpans);
      stores.spans.push(...scopes.flatMap(({ spans = [] }) => spans));
    } else if (signal === 'logs') {
      const scopes = readLogs(body, type).flatMap(({ scopeLogs = [] }) => scopeLogs);
      stores.logs.push(...scopes.flatMap(({ logRecords = [] }) => logRecords));
    } else if (/Credential=[^,]*\/eu-west-1\/aps\/aws4_request/.test(request.headers.authorization ?? '')) {
      stores.series.push(...decodeWrite(body).series);
    }
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(stores, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

/** The gateway with its production configuration, before these stores. */
export function startGateway(otelcol: ResolvedBackend, storesUrl: string): Promise<Engine> {
  return startEngine(otelcol, {
    ports: ['OTLP_PORT', 'METRICS_OUT_PORT'],
    variables: {
      MEMORY_LIMIT_MIB: '768',
      TEMPO_OTLP_URL: storesUrl,
      LOKI_OTLP_URL: `${storesUrl}/otlp`,
      REMOTE_WRITE_URL: `${storesUrl}/api/v1/remote_write`,
      AWS_REGION: 'eu-west-1',
      STAGE: 'test',
      KEEP_FOR: '1h',
      BATCH_WAIT: '100ms',
      RETRY_WAIT_MOST: '1s',
      OWN_METRICS_SECONDS: '1',
    },
    env: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' },
    args: ({ configFile }) => [
      `--config=${configFile}`,
      '--feature-gates=exporter.prometheusremotewritexporter.RetryOn429',
    ],
  });
}

/** A POST of an OTLP request in JSON, or of a body in protobuf. */
export function post(gateway: Engine, signal: 'traces' | 'logs' | 'metrics', body: object | Uint8Array) {
  const isProtobuf = body instanceof Uint8Array;
  return fetch(`http://127.0.0.1:${gateway.ports['OTLP_PORT']}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': isProtobuf ? 'application/x-protobuf' : 'application/json' },
    body: isProtobuf ? Buffer.from(body) : JSON.stringify(body),
  });
}

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };

export const logsOf = (bodies: readonly string[]) => ({
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        { logRecords: bodies.map((text) => ({ timeUnixNano: `${Date.now()}000000`, body: { stringValue: text } })) },
      ],
    },
  ],
});

export const spansOf = (ids: readonly string[]) => ({
  resourceSpans: [
    {
      resource,
      scopeSpans: [
        {
          spans: ids.map((spanId) => ({
            traceId: '0af7651916cd43dd8448eb211c80319c',
            spanId,
            name: 'order',
            kind: 2,
            startTimeUnixNano: `${Date.now()}000000`,
            endTimeUnixNano: `${Date.now()}000001`,
          })),
        },
      ],
    },
  ],
});

/** A counter, a gauge and a histogram, as an SDK sends them. */
export const metricsOf = (value: number, at = Date.now()) => ({
  resourceMetrics: [
    {
      resource,
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'shop.orders',
              unit: '{order}',
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [
                  {
                    timeUnixNano: `${at}000000`,
                    asInt: String(value),
                    attributes: [{ key: 'payment.kind', value: { stringValue: 'card' } }],
                  },
                ],
              },
            },
            {
              name: 'queue.depth',
              unit: '1',
              gauge: { dataPoints: [{ timeUnixNano: `${at}000000`, asDouble: 2.5 }] },
            },
            {
              name: 'http.server.request.duration',
              unit: 's',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    timeUnixNano: `${at}000000`,
                    count: '3',
                    sum: 1.5,
                    bucketCounts: ['1', '2', '0'],
                    explicitBounds: [0.5, 1],
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
});
