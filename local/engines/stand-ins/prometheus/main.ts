/** Stand-in of `prometheus --agent`: scrapes the configured targets and remote-writes the samples. It has no store. */
import { formatExposition } from '../../wire/exposition';
import { listen } from '../../wire/http-server';
import { RemoteWriter } from '../../wire/remote-writer';
import { durationMs, logger, processMetrics, readConfig, readFlags, runProcess } from '../process';
import { type AgentConfig, configSchema, type EcsDiscovery, type ScrapeConfig } from './config';
import { discover, relabelTarget, staticTargets, type Target } from './discovery';
import { scrape } from './scrape';

const log = logger('Prometheus');
const values = ['config.file', 'storage.agent.path', 'web.listen-address', 'log.level', 'log.format', 'enable-feature'];
const switches = ['agent', 'web.enable-lifecycle'];
/** The time for which a stop waits until the last samples are sent. */
const flushTimeoutMs = 5_000;

runProcess(log, async () => {
  const flags = readFlags(process.argv.slice(2), values, switches);
  if (!flags.has('agent')) throw new Error('this stand-in is an agent only: the argument --agent is missing');
  const config = readConfig(flags.get('config.file'), configSchema);
  const writers = config.remote_write.map(
    (each) =>
      new RemoteWriter(
        { url: each.url, ...(each.sigv4 && { sigv4: { ...(each.sigv4.region && { region: each.sigv4.region }) } }) },
        log,
      ),
  );
  const stopping = new AbortController();
  const [host, port] = splitAddress(flags.get('web.listen-address') ?? '0.0.0.0:9090');

  const server = await listen(
    host,
    port,
    [
      ['GET', /^\/-\/(?:ready|healthy)$/, () => ({ status: 200, body: 'Prometheus Agent is Ready.\n' })],
      ['GET', /^\/metrics$/, () => ({ status: 200, body: ownMetrics(writers) })],
    ],
    'Prometheus',
  );
  for (const job of config.scrape_configs) {
    for (const target of staticTargets(job)) loop(job, target, config.global, writers, stopping.signal);
    for (const discovery of job.aws_sd_configs) follow(job, discovery, config.global, writers, stopping.signal);
  }
  log('agent is ready', { address: `${host}:${port}`, jobs: config.scrape_configs.length });
  return {
    servers: [server],
    stop: async () => {
      stopping.abort();
      await Promise.all(writers.map((writer) => writer.stop(flushTimeoutMs)));
    },
  };
});

/** Scrapes the discovered targets of a job; one that is gone is scraped no more. */
function follow(
  job: ScrapeConfig,
  discovery: EcsDiscovery,
  global: AgentConfig['global'],
  writers: readonly RemoteWriter[],
  stopping: AbortSignal,
): void {
  const running = new Map<string, AbortController>();
  const look = async (): Promise<void> => {
    const found = (await discover(discovery)).flatMap((target) => relabelTarget(target, job) ?? []);
    const present = new Set(found.map(({ address }) => address));
    for (const [address, end] of running) {
      if (present.has(address)) continue;
      end.abort();
      running.delete(address);
    }
    for (const target of found.filter(({ address }) => !running.has(address))) {
      const end = new AbortController();
      running.set(target.address, end);
      loop(job, target, global, writers, AbortSignal.any([stopping, end.signal]));
    }
  };
  // A look that fails leaves the targets as they are.
  const once = () =>
    look().catch((error: Error) => log('discovery failed', { job: job.job_name, error: error.message }));
  void once();
  const timer = setInterval(() => void once(), durationMs(discovery.refresh_interval));
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function loop(
  job: ScrapeConfig,
  target: Target,
  global: AgentConfig['global'],
  writers: readonly RemoteWriter[],
  stopping: AbortSignal,
): void {
  const interval = durationMs(job.scrape_interval ?? global.scrape_interval);
  const timeout = Math.min(interval, durationMs(job.scrape_timeout ?? global.scrape_timeout));
  let wasUp: boolean | undefined;
  const once = async (): Promise<void> => {
    const { up, series, metadata, error } = await scrape(job, target, timeout, Date.now);
    if (up !== wasUp)
      log(up ? 'target is up' : 'target is down', {
        job: job.job_name,
        target: target.address,
        ...(error && { error }),
      });
    wasUp = up;
    const labelled = series.map(({ labels, samples }) => ({
      labels: { ...global.external_labels, ...labels },
      samples,
    }));
    for (const writer of writers) writer.write(labelled, metadata);
  };
  void once();
  const timer = setInterval(() => void once(), interval);
  stopping.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function ownMetrics(writers: readonly RemoteWriter[]): string {
  const remote = { remote_name: 'stand-in' };
  const sum = (read: (writer: RemoteWriter) => number): number =>
    writers.reduce((total, each) => total + read(each), 0);
  return formatExposition([
    ...processMetrics(),
    ['prometheus_build_info', { version: 'stand-in' }, 1],
    ['prometheus_remote_storage_samples_total', remote, sum(({ counters }) => counters.sent)],
    ['prometheus_remote_storage_samples_failed_total', remote, sum(({ counters }) => counters.failed)],
    ['prometheus_remote_storage_samples_dropped_total', remote, sum(({ counters }) => counters.dropped)],
    ['prometheus_remote_storage_samples_pending', remote, sum(({ pending }) => pending)],
  ]);
}

function splitAddress(address: string): [host: string, port: number] {
  const at = address.lastIndexOf(':');
  return [address.slice(0, at) || '0.0.0.0', Number(address.slice(at + 1))];
}
