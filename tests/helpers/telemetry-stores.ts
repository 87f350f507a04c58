import { GrafanaUnavailable } from '../../functions/domain/errors';
import type { Grafana } from '../../functions/domain/grafana';
import { MemoryStore } from '../../local/aws/aps/memory-store';
import { answerQuery } from '../../local/aws/aps/query-api';
import { toEntries } from '../../local/engines/stand-ins/loki/ingest';
import { queryRoutes as logRoutes } from '../../local/engines/stand-ins/loki/queries';
import { LogStore } from '../../local/engines/stand-ins/loki/store';
import { queryRoutes as traceRoutes } from '../../local/engines/stand-ins/tempo/queries';
import { Registry } from '../../local/engines/stand-ins/tempo/registry';
import { countSpans } from '../../local/engines/stand-ins/tempo/span-metrics';
import { TraceStore } from '../../local/engines/stand-ins/tempo/store';
import { type HttpAnswer, NotImplemented, type Route } from '../../local/engines/wire/http-server';

export interface WrittenSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: 'SERVER' | 'CLIENT';
  readonly durationMs?: number;
  readonly isError?: boolean;
}

/** OTLP's numbers. */
const KINDS = { SERVER: 2, CLIENT: 3 };

/**
 * Tempo, Loki and Amazon Managed Prometheus in this process (their stand-ins' stores and query languages), behind the
 * part of Grafana's HTTP API that checks use. `at` is the time of what is written, in ms since the epoch.
 */
export function telemetryStores(stage = 'dev') {
  const [metrics, logs, traces] = [new MemoryStore(), new LogStore(), new TraceStore()];
  const generator = new Registry({ stage });
  const routes = { loki: logRoutes(logs), tempo: traceRoutes(traces, 0) };
  const broken = new Set<string>();

  const grafana: Grafana = {
    request: async (method, path, request) => {
      if (method === 'POST' && path === '/api/ds/query') {
        if (broken.has('prometheus')) throw new GrafanaUnavailable(path, 'status 502', undefined, 502);
        return { status: 200, body: queryMetrics(metrics, request?.body) };
      }
      const [, uid = '', rest = ''] = /^\/api\/datasources\/proxy\/uid\/(\w+)(\/.*)$/.exec(path) ?? [];
      if (uid !== 'loki' && uid !== 'tempo') throw new Error(`nothing answers ${method} ${path}`);
      if (broken.has(uid)) throw new GrafanaUnavailable(path, 'status 502', undefined, 502);
      const { status, body } = await route(routes[uid], rest);
      // As an HTTP client reads it.
      return { status, body: typeof body === 'string' || body === undefined ? body : JSON.parse(JSON.stringify(body)) };
    },
  };

  return {
    grafana,
    /** Makes every query of a data source fail. */
    break: (uid: 'prometheus' | 'loki' | 'tempo') => void broken.add(uid),
    sample: (at: number, labels: Readonly<Record<string, string>>, value = 1) =>
      metrics.append([{ labels, samples: [{ timestamp: at, value }] }], []),
    line: (at: number, service: string, context: { readonly traceId?: string; readonly spanId?: string } = {}) => {
      const record = { timeUnixNano: `${at}000000`, severityText: 'INFO', body: { stringValue: 'a line' }, ...context };
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
      logs.add(toEntries([{ resource, scopeLogs: [{ logRecords: [record] }] }], new Set(['service.name']), 0n));
    },
    /** Writes spans, and what Tempo's metrics generator makes of them. */
    spans: (at: number, ...spans: readonly WrittenSpan[]) => {
      for (const { service, kind = 'SERVER', durationMs = 10, isError, ...span } of spans) {
        const attributes = [{ key: 'service.name', value: { stringValue: service } }];
        const written = {
          name: 'GET /',
          ...span,
          kind: KINDS[kind],
          startTimeUnixNano: `${at}000000`,
          endTimeUnixNano: `${at + durationMs}000000`,
          ...(isError && { status: { code: 2 } }),
        };
        countSpans(generator, traces.add([{ resource: { attributes }, scopeSpans: [{ spans: [written] }] }], 0));
      }
      metrics.append(generator.collect(at, 15_000), []);
    },
  };
}

export type TelemetryStores = ReturnType<typeof telemetryStores>;

async function route(all: readonly Route[], path: string): Promise<HttpAnswer> {
  const url = new URL(path, 'http://engine');
  for (const [, pattern, handler] of all) {
    const match = pattern.exec(url.pathname);
    if (!match) continue;
    const request = { method: 'GET', path, query: url.searchParams, headers: {}, body: Buffer.alloc(0) };
    try {
      return await handler(request, ...match.slice(1));
    } catch (error) {
      if (error instanceof NotImplemented) return { status: 501, body: error.message };
      throw error;
    }
  }
  throw new Error(`no engine answers ${path}`);
}

/** Grafana's frames for instant queries. */
function queryMetrics(store: MemoryStore, body: unknown): unknown {
  const { queries, to } = body as {
    readonly queries: readonly { readonly refId: string; readonly expr: string }[];
    readonly to: string;
  };
  const results = queries.map(({ refId, expr }) => {
    const parameters = new URLSearchParams({ query: expr, time: String(Number(to) / 1000) });
    const { status, body: answer } = answerQuery(store, 'query', parameters, Number(to));
    const { data, error } = JSON.parse(String(answer)) as {
      readonly error?: string;
      readonly data?: {
        readonly result: readonly { readonly metric: object; readonly value: readonly [number, string] }[];
      };
    };
    if (status >= 400) return [refId, { status, error }] as const;
    const frames = (data?.result ?? []).map(({ metric, value: [time, value] }) => ({
      schema: {
        fields: [
          { name: 'Time', type: 'time' },
          { name: 'Value', type: 'number', labels: metric },
        ],
      },
      data: { values: [[time * 1000], [Number.isFinite(Number(value)) ? Number(value) : null]] },
    }));
    return [refId, { status: 200, frames }] as const;
  });
  return { results: Object.fromEntries(results) };
}
