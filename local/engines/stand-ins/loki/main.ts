/** Stand-in of Loki: takes OTLP over HTTP, keeps it in memory, evaluates this stack's LogQL. Anything else gets 501. */
import { formatExposition } from '../../wire/exposition';
import { BadRequest, type HttpRequest, listen } from '../../wire/http-server';
import { OtlpMalformed, readLogs } from '../../wire/otlp';
import { logger, processMetrics, readConfig, readFlags, runProcess } from '../process';
import { configSchema, indexAttributes } from './config';
import { drilldownRoutes } from './drilldown';
import { toEntries } from './ingest';
import { queryRoutes } from './queries';
import { LogStore } from './store';

const log = logger('Loki');

runProcess(log, async () => {
  const flags = readFlags(process.argv.slice(2), ['config.file', 'target', 'log.level'], ['config.expand-env']);
  const config = readConfig(flags.get('config.file'), configSchema);
  const indexed = indexAttributes(config);
  const store = new LogStore();
  const { http_listen_address: address, http_listen_port: port } = config.server;
  const server = await listen(
    address || '0.0.0.0',
    port,
    [
      ['GET', /^\/ready$/, () => ({ status: 200, body: 'ready\n' })],
      ['GET', /^\/loki\/api\/v1\/status\/buildinfo$/, () => ({ status: 200, body: { version: 'stand-in' } })],
      ['GET', /^\/metrics$/, () => ({ status: 200, body: ownMetrics(store) })],
      ['POST', /^\/otlp\/v1\/logs$/, (request) => ingest(store, indexed, request)],
      ...queryRoutes(store),
      ...drilldownRoutes(store),
    ],
    'Loki',
  );
  log('ready', { address: `${address}:${port}` });
  return { servers: [server] };
});

function ingest(store: LogStore, indexed: ReadonlySet<string>, { body, headers }: HttpRequest): { status: number } {
  try {
    store.add(toEntries(readLogs(body, headers['content-type'] ?? ''), indexed, BigInt(Date.now()) * 1_000_000n));
    return { status: 204 };
  } catch (error) {
    if (error instanceof OtlpMalformed) throw new BadRequest(error.message);
    throw error;
  }
}

function ownMetrics(store: LogStore): string {
  return formatExposition([
    ...processMetrics(),
    ['loki_build_info', { version: 'stand-in' }, 1],
    ['loki_distributor_lines_received_total', { tenant: 'fake' }, store.received.lines],
    ['loki_distributor_bytes_received_total', { tenant: 'fake' }, store.received.bytes],
    ['loki_ingester_memory_streams', { tenant: 'fake' }, store.streams],
  ]);
}
