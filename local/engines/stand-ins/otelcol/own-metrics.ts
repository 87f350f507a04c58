import { randomUUID } from 'node:crypto';
import type { TimeSeries } from '../../wire/remote-write';
import type { QueueExporter } from './exporter';

/** A signal of OTLP with the Collector's words for it in labels and in names of metrics. */
export const signals = {
  traces: { path: /^\/v1\/traces$/, items: 'spans' },
  logs: { path: /^\/v1\/logs$/, items: 'log_records' },
  metrics: { path: /^\/v1\/metrics$/, items: 'metric_points' },
} as const;
export type Signal = keyof typeof signals;

/** What the receiver did with the items of each signal. */
export type Received = Readonly<Record<Signal, { accepted: number; refused: number }>>;

const instance = randomUUID();

/** The Collector's own metrics, under the names that its remote write exporter gives them. */
export function ownSeries(
  exporters: Readonly<Record<Signal, QueueExporter>>,
  received: Received,
  external: Readonly<Record<string, string>>,
  timestamp: number,
): TimeSeries[] {
  const series = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): TimeSeries => ({
    labels: { ...external, job: 'gateway', instance, ...labels, __name__: `otelcol_${name}` },
    samples: [{ value, timestamp }],
  });
  const { user, system } = process.cpuUsage();
  return [
    series('process_cpu_seconds_total', (user + system) / 1e6),
    series('process_memory_rss_bytes', process.memoryUsage.rss()),
    series('process_uptime_seconds_total', process.uptime()),
    ...(Object.keys(signals) as Signal[]).flatMap((signal) => {
      const { items } = signals[signal];
      const { name: exporter, queue, counters } = exporters[signal];
      const at = { receiver: 'otlp', transport: 'http' };
      return [
        series('exporter_queue_size', queue.size, { exporter, data_type: signal }),
        series('exporter_queue_capacity', queue.capacity, { exporter, data_type: signal }),
        series(`exporter_sent_${items}_total`, counters.sent, { exporter }),
        series(`exporter_send_failed_${items}_total`, counters.failed, { exporter }),
        series(`receiver_accepted_${items}_total`, received[signal].accepted, at),
        series(`receiver_refused_${items}_total`, received[signal].refused, at),
      ];
    }),
  ];
}
