import { NotImplemented } from '../../wire/http-server';
import { attribute, type KeyValue, type Metric, type NumberPoint, type ResourceMetrics, textOf } from '../../wire/otlp';
import type { TimeSeries } from '../../wire/remote-write';

type Labels = Readonly<Record<string, string>>;

/** Units as they end a name (OpenTelemetry specification, "Prometheus and OpenMetrics Compatibility", Unit). */
const units: Readonly<Record<string, string>> = { ms: 'milliseconds', s: 'seconds', By: 'bytes', '%': 'percent' };

/**
 * OTLP metrics as the Collector's Prometheus remote write exporter writes them: gauges, sums and histograms with
 * cumulative temporality. Throws NotImplemented for other kinds.
 */
export function toSeries(resources: readonly ResourceMetrics[], external: Labels): TimeSeries[] {
  return resources.flatMap(({ resource, scopeMetrics = [] }) => {
    const common = { ...external, ...labelsOfResource(resource?.attributes ?? []) };
    return scopeMetrics.flatMap(({ metrics = [] }) => metrics.flatMap((metric) => seriesOf(metric, common)));
  });
}

/** The number of data points. */
export function countPoints(resources: readonly ResourceMetrics[]): number {
  const metrics = resources.flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap((scope) => scope.metrics ?? []));
  return metrics.reduce((sum, { gauge, sum: total, histogram }) => {
    return sum + ((gauge ?? total ?? histogram)?.dataPoints?.length ?? 0);
  }, 0);
}

function seriesOf(metric: Metric, common: Labels): TimeSeries[] {
  const { gauge, sum, histogram } = metric;
  const cumulative = (temporality: number | undefined) => temporality === 2;
  if (gauge) {
    const suffix = metric.unit === '1' ? '_ratio' : '';
    return (gauge.dataPoints ?? []).map((point) => single(nameOf(metric, suffix), point, common));
  }
  if (sum && cumulative(sum.aggregationTemporality)) {
    return (sum.dataPoints ?? []).map((point) =>
      single(nameOf(metric, sum.isMonotonic ? '_total' : ''), point, common),
    );
  }
  if (histogram && cumulative(histogram.aggregationTemporality)) {
    const name = nameOf(metric, '');
    return (histogram.dataPoints ?? []).flatMap((point) => {
      const labels = { ...common, ...labelsOf(point.attributes ?? []) };
      const at = timeOf(point.timeUnixNano);
      const series = (suffix: string, value: number, more: Labels = {}): TimeSeries => ({
        labels: { ...labels, ...more, __name__: `${name}${suffix}` },
        samples: [{ value, timestamp: at }],
      });
      let count = 0;
      const buckets = (point.bucketCounts ?? []).map((each, index) => {
        count += Number(each);
        return series('_bucket', count, { le: String(point.explicitBounds?.[index] ?? '+Inf') });
      });
      return [...buckets, series('_sum', point.sum ?? 0), series('_count', Number(point.count ?? 0))];
    });
  }
  throw new NotImplemented(`the metric ${metric.name} is not a gauge, or a cumulative sum or histogram`);
}

function single(name: string, point: NumberPoint, common: Labels): TimeSeries {
  const value = point.asDouble ?? Number(point.asInt ?? 0);
  return {
    labels: { ...common, ...labelsOf(point.attributes ?? []), __name__: name },
    samples: [{ value, timestamp: timeOf(point.timeUnixNano) }],
  };
}

function nameOf({ name, unit = '' }: Metric, suffix: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9_:]/g, '_');
  const word = units[unit];
  const withUnit = word === undefined || plain.endsWith(`_${word}`) ? plain : `${plain}_${word}`;
  return withUnit.endsWith(suffix) ? withUnit : `${withUnit}${suffix}`;
}

function labelsOfResource(attributes: readonly KeyValue[]): Labels {
  const name = attribute(attributes, 'service.name');
  const namespace = attribute(attributes, 'service.namespace');
  const instance = attribute(attributes, 'service.instance.id');
  return {
    ...(name !== undefined && { job: namespace === undefined ? name : `${namespace}/${name}` }),
    ...(instance !== undefined && { instance }),
  };
}

function labelsOf(attributes: readonly KeyValue[]): Labels {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key.replaceAll(/[^a-zA-Z0-9_]/g, '_'), textOf(value) ?? '']),
  );
}

function timeOf(nanoseconds: string | undefined): number {
  return Math.floor(Number(nanoseconds ?? 0) / 1e6);
}
