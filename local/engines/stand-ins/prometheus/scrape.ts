import { parseExposition } from '../../wire/exposition';
import type { MetricMetadata, TimeSeries } from '../../wire/remote-write';
import type { ScrapeConfig } from './config';
import type { Target } from './discovery';

export interface ScrapeResult {
  readonly up: boolean;
  readonly series: readonly TimeSeries[];
  readonly metadata: readonly MetricMetadata[];
  readonly error?: string;
}

const maxBytes = 16 * 1024 * 1024;

/**
 * One scrape of one target: its series with the labels job and instance, and the five series that Prometheus adds about
 * the scrape itself. A label of the target with such a name becomes exported_<name>.
 */
export async function scrape(
  config: ScrapeConfig,
  target: Target,
  timeoutMs: number,
  now: () => number,
): Promise<ScrapeResult> {
  const started = now();
  const targetLabels = { job: config.job_name, instance: target.address, ...target.labels };
  const report = (up: boolean, scraped: number, kept: number): TimeSeries[] =>
    Object.entries({
      up: up ? 1 : 0,
      scrape_duration_seconds: (now() - started) / 1000,
      scrape_samples_scraped: scraped,
      scrape_samples_post_metric_relabeling: kept,
      scrape_series_added: kept,
    }).map(([name, value]) => ({
      labels: { __name__: name, ...targetLabels },
      samples: [{ value, timestamp: started }],
    }));
  try {
    const response = await fetch(`http://${target.address}${config.metrics_path}`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`server returned HTTP status ${response.status}`);
    const text = await response.text();
    if (text.length > maxBytes) throw new Error(`body size limit of ${maxBytes} bytes exceeded`);
    const { series, metadata } = parseExposition(text, started);
    const kept = series.filter(({ labels }) => isKept(config, labels)).map((each) => relabel(each, targetLabels));
    const { sample_limit: limit } = config;
    if (limit > 0 && kept.length > limit) throw new Error(`sample limit exceeded: ${kept.length} of ${limit} samples`);
    return { up: true, series: [...kept, ...report(true, series.length, kept.length)], metadata };
  } catch (error) {
    const { message, cause } = error as Error;
    return {
      up: false,
      series: report(false, 0, 0),
      metadata: [],
      error: cause instanceof Error ? `${message}: ${cause.message}` : message,
    };
  }
}

function isKept(config: ScrapeConfig, labels: Readonly<Record<string, string>>): boolean {
  return config.metric_relabel_configs.every(({ source_labels, separator, regex, action }) => {
    const text = source_labels.map((name) => labels[name] ?? '').join(separator);
    return new RegExp(`^(?:${regex})$`, 's').test(text) === (action === 'keep');
  });
}

function relabel({ labels, samples }: TimeSeries, targetLabels: Readonly<Record<string, string>>): TimeSeries {
  const own = Object.entries(labels).map(([name, value]) => [name in targetLabels ? `exported_${name}` : name, value]);
  return { labels: { ...Object.fromEntries(own), ...targetLabels }, samples };
}
