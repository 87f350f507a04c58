import type { MetricMetadata, MetricType, TimeSeries } from './remote-write';

/** A line that is neither a sample nor a comment. */
export class ExpositionMalformed extends Error {
  override readonly name = 'ExpositionMalformed';
}

export interface Exposition {
  readonly series: readonly TimeSeries[];
  readonly metadata: readonly MetricMetadata[];
}

const sampleLine = /^([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*$/;
const labelPair = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

/**
 * Parses Prometheus's text format 0.0.4. Samples without a timestamp get `timestamp` (milliseconds). Throws
 * ExpositionMalformed.
 */
export function parseExposition(text: string, timestamp: number): Exposition {
  const series: TimeSeries[] = [];
  const metadata = new Map<string, { type: MetricType; help: string }>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) {
      readComment(line, metadata);
      continue;
    }
    if (line.trim() === '') continue;
    const match = sampleLine.exec(line);
    if (match === null) throw new ExpositionMalformed(`not a sample: ${line.slice(0, 200)}`);
    const [, name = '', labels = '', value = '', at] = match;
    series.push({
      labels: { __name__: name, ...parseLabels(labels, line) },
      samples: [{ value: parseValue(value, line), timestamp: at === undefined ? timestamp : Number(at) }],
    });
  }
  return { series, metadata: [...metadata].map(([name, each]) => ({ name, unit: '', ...each })) };
}

/** Formats series as text, for a stand-in's own /metrics. */
export function formatExposition(
  samples: readonly (readonly [name: string, labels: Record<string, string>, value: number])[],
): string {
  return samples
    .map(([name, labels, value]) => {
      const pairs = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
      return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
    })
    .join('');
}

function readComment(line: string, metadata: Map<string, { type: MetricType; help: string }>): void {
  const match = /^#\s+(TYPE|HELP)\s+(\S+)\s*(.*)$/.exec(line);
  if (match === null) return;
  const [, kind, name = '', rest = ''] = match;
  const known = metadata.get(name) ?? { type: 'unknown', help: '' };
  metadata.set(name, kind === 'TYPE' ? { ...known, type: rest.trim() as MetricType } : { ...known, help: rest });
}

function parseLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  while (labelPair.lastIndex < text.length) {
    const match = labelPair.exec(text);
    if (match === null) throw new ExpositionMalformed(`not labels: ${line.slice(0, 200)}`);
    const [, name = '', value = ''] = match;
    labels[name] = value.replace(/\\(["\\n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function parseValue(text: string, line: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new ExpositionMalformed(`not a value: ${line.slice(0, 200)}`);
  return value;
}
