/**
 * Stand-in of Tempo: takes OTLP over HTTP, answers traces by id and this stack's TraceQL, and remote-writes span
 * metrics and the service graph.
 */
import { hostname } from 'node:os';
import { formatExposition } from '../../wire/exposition';
import { BadRequest, type HttpRequest, listen } from '../../wire/http-server';
import { OtlpMalformed, readTraces } from '../../wire/otlp';
import { RemoteWriter } from '../../wire/remote-writer';
import { durationMs, logger, processMetrics, readConfig, readFlags, runProcess } from '../process';
import { configSchema, type TempoConfig } from './config';
import { queryRoutes } from './queries';
import { Registry } from './registry';
import { ServiceGraph } from './service-graph';
import { countSpans } from './span-metrics';
import { type StoredSpan, TraceStore } from './store';

const log = logger('Tempo');
const flushTimeoutMs = 5_000;

runProcess(log, async () => {
  const flags = readFlags(
    process.argv.slice(2),
    ['config.file', 'target', 'log.level', 'shutdown-delay'],
    ['config.expand-env'],
  );
  const config = readConfig(flags.get('config.file'), configSchema);
  const store = new TraceStore();
  const generator = startGenerator(config);
  const { http_listen_address: address, http_listen_port: port } = config.server;
  const { endpoint } = config.distributor.receivers.otlp.protocols.http;
  const otlpPort = Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));
  const servers = [
    await listen(
      address || '0.0.0.0',
      port,
      [
        ['GET', /^\/metrics$/, () => ({ status: 200, body: ownMetrics(store) })],
        ...queryRoutes(store, durationMs(config.query_frontend.query_end_cutoff)),
      ],
      'Tempo',
    ),
    await listen(
      endpoint.slice(0, endpoint.lastIndexOf(':')),
      otlpPort,
      [['POST', /^\/v1\/traces$/, (request) => ingest(store, generator.add, request)]],
      'Tempo',
    ),
  ];
  log('ready', { address: `${address}:${port}`, otlp: endpoint });
  return { servers, stop: generator.stop };
});

function ingest(store: TraceStore, generate: (spans: readonly StoredSpan[]) => void, { body, headers }: HttpRequest) {
  try {
    const type = headers['content-type'] ?? '';
    generate(store.add(readTraces(body, type), body.length));
    // An ExportTraceServiceResponse without a partial success is empty in both encodings.
    return type.startsWith('application/json')
      ? { status: 200, body: {} }
      : { status: 200, headers: { 'content-type': type } };
  } catch (error) {
    if (error instanceof OtlpMalformed) throw new BadRequest(error.message);
    throw error;
  }
}

function startGenerator(config: TempoConfig): {
  add: (spans: readonly StoredSpan[]) => void;
  stop: () => Promise<void>;
} {
  const { registry: registryConfig, processor, storage } = config.metrics_generator;
  const processors = new Set(config.overrides.defaults.metrics_generator.processors);
  const registry = new Registry({ ...registryConfig.external_labels, __metrics_gen_instance: hostname() });
  const { peer_attributes: peers, wait } = processor.service_graphs;
  const graph = new ServiceGraph(registry, peers, durationMs(wait));
  const writers = storage.remote_write.map(
    ({ url, sigv4 }) =>
      new RemoteWriter(
        { url, ...(sigv4 && { sigv4: sigv4.region === undefined ? {} : { region: sigv4.region } }) },
        log,
      ),
  );
  const intervalMs = durationMs(registryConfig.collection_interval);
  const collect = (): void => {
    graph.expire(Date.now());
    const series = registry.collect(Date.now(), intervalMs);
    if (series.length > 0) for (const writer of writers) writer.write(series);
  };
  const timer = setInterval(collect, intervalMs);
  return {
    add: (spans) => {
      if (processors.has('span-metrics')) countSpans(registry, spans);
      if (processors.has('service-graphs')) graph.add(spans, Date.now());
    },
    stop: async () => {
      clearInterval(timer);
      collect();
      await Promise.all(writers.map((writer) => writer.stop(flushTimeoutMs)));
    },
  };
}

function ownMetrics({ received }: TraceStore): string {
  return formatExposition([
    ...processMetrics(),
    ['tempo_build_info', { version: 'stand-in' }, 1],
    ['tempo_distributor_spans_received_total', { tenant: 'single-tenant' }, received.spans],
    ['tempo_distributor_bytes_received_total', { tenant: 'single-tenant' }, received.bytes],
  ]);
}
