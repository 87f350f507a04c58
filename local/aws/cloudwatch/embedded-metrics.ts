import type { DataPoint, MetricName } from './metric-store';

/** Limits of the format: "Embedded metric format specification", Amazon CloudWatch user guide. */
const MAX_DIMENSIONS = 30;
const MAX_VALUES = 100;

interface Directive {
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
}

export interface MetricPoints {
  readonly metric: MetricName;
  readonly points: readonly DataPoint[];
}

/**
 * The metrics in a log line of the embedded metric format: one per directive, dimension set and metric. Other lines
 * have none. As in CloudWatch, metrics that violate the specification (a dimension without a value, a value that is not
 * a number) are ignored.
 */
export function embeddedMetrics(line: string): readonly MetricPoints[] {
  if (!line.includes('"_aws"')) return [];
  const document = parse(line);
  const metadata = asObject(document?.['_aws']);
  const at = metadata?.['Timestamp'];
  const directives = metadata?.['CloudWatchMetrics'];
  if (document === undefined || typeof at !== 'number' || !Array.isArray(directives)) return [];
  return directives.flatMap((directive: Directive) => pointsOf(directive, document, at));
}

function pointsOf(
  { Namespace, Dimensions, Metrics }: Directive,
  document: Readonly<Record<string, unknown>>,
  at: number,
): readonly MetricPoints[] {
  if (typeof Namespace !== 'string' || !Array.isArray(Dimensions) || !Array.isArray(Metrics)) return [];
  const sets = Dimensions.flatMap((names: unknown) => dimensionsOf(names, document) ?? []);
  return Metrics.flatMap((definition: unknown) => {
    const name = asObject(definition)?.['Name'];
    if (typeof name !== 'string') return [];
    const values = [document[name]].flat();
    if (values.length > MAX_VALUES || !values.every((value) => typeof value === 'number')) return [];
    const points = values.map((value) => ({ at, value }));
    return sets.map((dimensions) => ({ metric: { namespace: Namespace, name, dimensions }, points }));
  });
}

function dimensionsOf(
  names: unknown,
  document: Readonly<Record<string, unknown>>,
): readonly [Readonly<Record<string, string>>] | undefined {
  if (!Array.isArray(names) || names.length > MAX_DIMENSIONS) return undefined;
  const pairs = names.map((name: unknown) => [String(name), document[String(name)]] as const);
  return pairs.every((pair): pair is readonly [string, string] => typeof pair[1] === 'string')
    ? [Object.fromEntries(pairs)]
    : undefined;
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
