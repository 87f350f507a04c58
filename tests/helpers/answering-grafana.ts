import type { Grafana } from '../../functions/domain/grafana';

export interface StoredSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** ISO time and value, oldest first. */
  readonly samples: readonly (readonly [string, number])[];
}

export interface StoredLine {
  readonly at: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** Contents of the data sources. A function is called at each request, so that the contents can change with time. */
export interface Stored {
  readonly series?: () => readonly StoredSeries[];
  readonly lines?: () => readonly StoredLine[];
  /** OTLP's `resourceSpans` by trace id. */
  readonly traces?: () => ReadonlyMap<string, readonly unknown[]>;
  /** Error status of Loki's answers, when it fails. */
  readonly lokiStatus?: number;
}

const FIVE_MINUTES = 300_000;

/**
 * The part of Grafana's HTTP API that the signal checks use, over a few series, log lines and traces. It answers
 * instant queries of one metric by name, `count_over_time` of a selector, Loki's query_range by start and trace id,
 * Tempo's traces by id, and Tempo's search, which returns every trace. It uses the wire format, so the checks' parsers
 * are tested.
 */
export function answeringGrafana({
  series = () => [],
  lines = () => [],
  traces = () => new Map(),
  lokiStatus = 200,
}: Stored): Grafana {
  return {
    request: async (method, path, request) => {
      if (method === 'POST' && path === '/api/ds/query') return { status: 200, body: frames(series(), request?.body) };
      if (path.startsWith('/api/datasources/proxy/uid/loki/')) {
        if (lokiStatus !== 200) return { status: lokiStatus, body: { message: 'Loki is not well' } };
        return { status: 200, body: streams(lines(), new URLSearchParams(path.split('?')[1])) };
      }
      if (path.startsWith('/api/datasources/proxy/uid/tempo/')) return tempo(traces(), path);
      throw new Error(`nothing answers ${method} ${path}`);
    },
  };
}

interface QueryBody {
  readonly queries: readonly { readonly refId: string; readonly expr: string }[];
  readonly from: string;
  readonly to: string;
}

function frames(series: readonly StoredSeries[], body: unknown): unknown {
  const { queries, to } = body as QueryBody;
  const [query] = queries;
  const { expr = '', refId = 'A' } = query ?? {};
  const [, selector = expr, seconds] = /^count_over_time\((.*)\[(\d+)s\]\)$/.exec(expr) ?? [];
  const [name = '', matcher = ''] = selector.split(/[{}]/);
  const window = seconds === undefined ? FIVE_MINUTES : Number(seconds) * 1000;
  const found = series
    .filter(
      ({ labels }) => labels['__name__'] === name && matcher.split(', ').every((one) => !one || matches(labels, one)),
    )
    .flatMap(({ labels, samples }) => {
      const inside = samples.filter(([at]) => Number(to) - window < Date.parse(at) && Date.parse(at) <= Number(to));
      const value = seconds === undefined ? inside.at(-1)?.[1] : inside.length;
      return inside.length === 0 ? [] : [{ labels, value }];
    });
  return {
    results: {
      [refId]: {
        status: 200,
        frames: found.map(({ labels, value }) => ({
          schema: {
            fields: [
              { name: 'Time', type: 'time' },
              { name: 'Value', type: 'number', labels },
            ],
          },
          data: { values: [[Number(to)], [value]] },
        })),
      },
    },
  };
}

function matches(labels: StoredSeries['labels'], matcher: string): boolean {
  const [, label = '', value] = /^(\w+)="(.*)"$/.exec(matcher) ?? [];
  return labels[label] === value;
}

function tempo(traces: ReadonlyMap<string, readonly unknown[]>, path: string) {
  const id = /\/api\/v2\/traces\/(\w+)$/.exec(path)?.[1];
  if (id === undefined) {
    const wanted = /trace:rootService = "(\w+)"/.exec(new URLSearchParams(path.split('?')[1]).get('q') ?? '')?.[1];
    const found = [...traces].map(([traceID, spans]) => ({ traceID, ...rootOf(spans as readonly ResourceSpans[]) }));
    const matching = found.filter(({ rootServiceName }) => wanted === undefined || rootServiceName === wanted);
    return { status: 200, body: { traces: matching } };
  }
  const resourceSpans = traces.get(id);
  return resourceSpans ? { status: 200, body: { trace: { resourceSpans } } } : { status: 404, body: 'trace not found' };
}

interface ResourceSpans {
  readonly resource: {
    readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  };
  readonly scopeSpans: readonly {
    readonly spans: readonly { readonly name: string; readonly parentSpanId?: string }[];
  }[];
}

/** A trace in Tempo's search result. It has no root fields until the root span has arrived. */
function rootOf(entries: readonly ResourceSpans[]) {
  for (const { resource, scopeSpans } of entries) {
    const root = scopeSpans.flatMap(({ spans }) => spans).find(({ parentSpanId }) => !parentSpanId);
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
    if (root) return { rootServiceName: service ?? '', rootTraceName: root.name };
  }
  return { rootServiceName: '<root span not yet received>' };
}

function streams(lines: readonly StoredLine[], parameters: URLSearchParams): unknown {
  const wanted = /\| trace_id="(\w*)"/.exec(parameters.get('query') ?? '')?.[1];
  const start = Number(parameters.get('start')) / 1e6;
  return {
    data: {
      result: lines
        .filter(
          ({ at, labels }) =>
            Date.parse(at) >= start && (wanted === undefined || (labels['trace_id'] ?? '') === wanted),
        )
        .map(({ at, labels, text = 'request completed' }) => ({
          stream: labels,
          values: [[`${Date.parse(at)}000000`, text]],
        })),
    },
  };
}
