/**
 * Stand-in of the OpenTelemetry Collector with the gateway's configuration: takes OTLP over HTTP, keeps each request on
 * disk, and sends it on to Tempo, Loki or Amazon Managed Prometheus until it is taken.
 */
import { join } from 'node:path';
import { BadRequest, type HttpAnswer, type HttpRequest, listen, type Route } from '../../wire/http-server';
import { OtlpMalformed, readLogs, readMetrics, readTraces } from '../../wire/otlp';
import { encodeWrite } from '../../wire/remote-write';
import { RemoteWriter, remoteWriteSender } from '../../wire/remote-writer';
import { durationMs, logger, readConfig, readFlags, runProcess } from '../process';
import { configSchema } from './config';
import { DiskQueue, type QueuedRequest } from './disk-queue';
import { postTo, QueueExporter } from './exporter';
import { countPoints, toSeries } from './metrics-to-series';
import { ownSeries, type Received, type Signal, signals } from './own-metrics';

const log = logger('OpenTelemetry Collector');

runProcess(log, async () => {
  const flags = readFlags(process.argv.slice(2), ['config', 'feature-gates'], []);
  const config = readConfig(flags.get('config'), configSchema);
  const { file_storage: storage, health_check: health, sigv4auth } = config.extensions;
  const { prometheus_remote_write: amp } = config.exporters;
  const write = { url: amp.endpoint, sigv4: { region: sigv4auth.region } };
  const exporter = (
    key: 'tempo' | 'loki' | 'amp',
    send: (request: QueuedRequest) => ReturnType<typeof writeMetrics>,
  ) => {
    const settings = config.exporters[`otlp_http/${key}`];
    const queue = new DiskQueue(join(storage.directory, key), settings.sending_queue.queue_size);
    return new QueueExporter(`otlp_http/${key}`, queue, settings, send, log);
  };
  const post = (key: 'tempo' | 'loki', path: string) => {
    const { endpoint, timeout } = config.exporters[`otlp_http/${key}`];
    return postTo(`${endpoint}${path}`, durationMs(timeout));
  };
  const sendWrite = remoteWriteSender(write);
  const writeMetrics = ({ body, contentType }: QueuedRequest) =>
    sendWrite(encodeWrite({ series: toSeries(readMetrics(body, contentType), amp.external_labels), metadata: [] }));
  const exporters: Readonly<Record<Signal, QueueExporter>> = {
    traces: exporter('tempo', post('tempo', '/v1/traces')),
    logs: exporter('loki', post('loki', '/v1/logs')),
    metrics: exporter('amp', writeMetrics),
  };
  const received: Received = {
    traces: { accepted: 0, refused: 0 },
    logs: { accepted: 0, refused: 0 },
    metrics: { accepted: 0, refused: 0 },
  };
  const routes = (Object.keys(signals) as Signal[]).map(
    (signal): Route => ['POST', signals[signal].path, (request) => take(signal, exporters[signal], received, request)],
  );
  const servers = [
    await listen(...addressOf(health.endpoint), [['GET', /^\/$/, healthy]], 'OpenTelemetry Collector'),
    await listen(...addressOf(config.receivers.otlp.protocols.http.endpoint), routes, 'OpenTelemetry Collector'),
  ];
  const own = new RemoteWriter(write, log);
  const timer = setInterval(
    () => own.write(ownSeries(exporters, received, amp.external_labels, Date.now())),
    config.service.telemetry.metrics.readers[0].periodic.interval,
  );
  log('ready', { otlp: config.receivers.otlp.protocols.http.endpoint });
  return {
    servers,
    stop: async () => {
      clearInterval(timer);
      for (const each of Object.values(exporters)) each.stop();
      await own.stop(1_000);
    },
  };
});

function take(
  signal: Signal,
  { queue }: QueueExporter,
  received: Received,
  { body, headers }: HttpRequest,
): HttpAnswer {
  const contentType = headers['content-type'] ?? '';
  if (!/^application\/(json|x-protobuf)(;|$)/.test(contentType)) return { status: 415, body: 'unsupported media type' };
  const items = count(signal, body, contentType);
  const isKept = items === 0 || queue.add({ contentType, body }, items);
  received[signal][isKept ? 'accepted' : 'refused'] += items;
  if (!isKept) return { status: 503, body: { code: 14, message: 'sending queue is full' } };
  return contentType.startsWith('application/json')
    ? { status: 200, body: { partialSuccess: {} } }
    : { status: 200, headers: { 'content-type': contentType } };
}

function count(signal: Signal, body: Buffer, contentType: string): number {
  const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);
  try {
    if (signal === 'traces') {
      const scopes = readTraces(body, contentType).flatMap(({ scopeSpans = [] }) => scopeSpans);
      return sum(scopes.map(({ spans = [] }) => spans.length));
    }
    if (signal === 'logs') {
      const scopes = readLogs(body, contentType).flatMap(({ scopeLogs = [] }) => scopeLogs);
      return sum(scopes.map(({ logRecords = [] }) => logRecords.length));
    }
    const metrics = readMetrics(body, contentType);
    // What cannot be written is refused here, and not in the queue.
    toSeries(metrics, {});
    return countPoints(metrics);
  } catch (error) {
    if (error instanceof OtlpMalformed) throw new BadRequest(error.message);
    throw error;
  }
}

function healthy(): HttpAnswer {
  return { status: 200, body: { status: 'Server available' } };
}

function addressOf(endpoint: string): [host: string, port: number] {
  const at = endpoint.lastIndexOf(':');
  return [endpoint.slice(0, at), Number(endpoint.slice(at + 1))];
}
