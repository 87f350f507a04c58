import type { Cloud } from '../cloud/contracts';

/** A span as the waterfall draws it; times in milliseconds since 1970, with fractions. */
export interface TraceSpan {
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  readonly isError: boolean;
  readonly start: number;
  readonly end: number;
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** [milliseconds since 1970, value]. */
  readonly points: readonly (readonly [number, number])[];
}

const timeout = 3000;
/** Further lines are dropped: the page shows one request, not the whole store. */
const maxLines = 200;

/** A trace by its id from Tempo's own API; empty while Tempo does not have it. Throws when Tempo does not answer. */
export async function readTrace(tempoUrl: string, traceId: string): Promise<readonly TraceSpan[]> {
  const response = await fetch(`${tempoUrl}/api/v2/traces/${traceId}`, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeout),
  });
  if (response.status === 404) return [];
  if (!response.ok) throw new Error(`Tempo answered ${response.status}`);
  const { trace } = (await response.json()) as OtlpTrace;
  return (trace?.resourceSpans ?? [])
    .flatMap(({ scopeSpans }) => scopeSpans ?? [])
    .flatMap(({ spans }) => spans ?? [])
    .map((span) => ({
      id: span.spanId ?? '',
      parentId: span.parentSpanId ?? '',
      name: span.name ?? '',
      kind: String(span.kind ?? '').replace('SPAN_KIND_', ''),
      isError: span.status?.code === 'STATUS_CODE_ERROR' || span.status?.code === 2,
      start: Number(span.startTimeUnixNano ?? 0) / 1e6,
      end: Number(span.endTimeUnixNano ?? 0) / 1e6,
    }));
}

/** The lines of these traces from Loki's own API, oldest first. Throws when Loki does not answer. */
export async function readLogs(
  lokiUrl: string,
  traceIds: readonly string[],
  since: number,
): Promise<readonly LogLine[]> {
  const parameters = new URLSearchParams({
    query: `{service_name="data-processor-service"} | trace_id=~"${traceIds.join('|')}"`,
    start: `${since - 60_000}000000`,
    end: `${since + 3_600_000}000000`,
    limit: String(maxLines),
    direction: 'forward',
  });
  const response = await fetch(`${lokiUrl}/loki/api/v1/query_range?${parameters}`, {
    signal: AbortSignal.timeout(timeout),
  });
  if (!response.ok) throw new Error(`Loki answered ${response.status}`);
  const { data } = (await response.json()) as LokiAnswer;
  return (data?.result ?? [])
    .flatMap(({ stream, values }) =>
      values.map(([nanoseconds, text, metadata]) => ({
        time: Number(nanoseconds) / 1e6,
        text,
        labels: { ...stream, ...(typeof metadata === 'object' && metadata) },
      })),
    )
    .sort((a, b) => a.time - b.time);
}

/** A range query of a Prometheus workspace. Throws when the answer is not a matrix. */
export async function readSeries(
  aps: Cloud['aps'],
  workspaceId: string,
  query: string,
  { from, to, stepSeconds }: { readonly from: number; readonly to: number; readonly stepSeconds: number },
): Promise<readonly Series[]> {
  const parameters = new URLSearchParams({
    query,
    start: String(from / 1000),
    end: String(to / 1000),
    step: String(stepSeconds),
  });
  const { status, body } = await aps.query(workspaceId, 'query_range', parameters);
  if (status !== 200) throw new Error(`Prometheus answered ${status}`);
  const { data } = JSON.parse(body) as PrometheusAnswer;
  return (data?.result ?? []).map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([seconds, value]) => [seconds * 1000, Number(value)] as const),
  }));
}

interface OtlpTrace {
  readonly trace?: {
    readonly resourceSpans?: readonly {
      readonly scopeSpans?: readonly {
        readonly spans?: readonly {
          readonly spanId?: string;
          readonly parentSpanId?: string;
          readonly name?: string;
          readonly kind?: string | number;
          readonly status?: { readonly code?: string | number };
          readonly startTimeUnixNano?: string;
          readonly endTimeUnixNano?: string;
        }[];
      }[];
    }[];
  };
}

interface LokiAnswer {
  readonly data?: {
    readonly result?: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>?])[];
    }[];
  };
}

interface PrometheusAnswer {
  readonly data?: {
    readonly result?: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [number, string])[];
    }[];
  };
}
