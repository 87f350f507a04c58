import type { Cloud } from '../cloud/contracts';
import type { Chart, Signals } from './contracts';
import { readLogs, readSeries, readTrace } from './engines';
import type { TesterRun } from './tester-run';

const windowMs = 3 * 60_000;
/** Time after a run that the charts show: its increase is visible within these minutes. */
const afterMs = 2 * 60_000;
const stepSeconds = 5;

const charts: readonly Omit<Chart, 'series'>[] = [
  {
    title: 'Requests a minute, by status',
    query: 'sum by (status) (increase(http_requests_total{endpoint=~"/data.*"}[1m]))',
    unit: 'count',
  },
  {
    title: 'Time to answer, 95th percentile',
    query:
      'histogram_quantile(0.95, sum by (le, endpoint) (rate(http_request_duration_seconds_bucket{endpoint=~"/data.*"}[1m])))',
    unit: 'seconds',
  },
  {
    title: 'Data operations a minute',
    query: 'sum by (operation, result) (increase(data_operations_total[1m]))',
    unit: 'count',
  },
  {
    title: 'Calls a minute in the service graph',
    query: 'sum by (client, server) (increase(traces_service_graph_request_total[1m]))',
    unit: 'count',
  },
];

/** Queries the stack's engines in parallel. An engine that does not answer is a problem to show, not an error. */
export async function readSignals(cloud: Cloud, run: TesterRun, now: number): Promise<Signals> {
  const outputs = new Map(
    cloud.cloudFormation.stacks
      .active()
      .flatMap((stack) => stack.outputs.map(({ key, value }) => [key, value] as const)),
  );
  const problems: string[] = [];
  const tried = async <Value>(engine: string, work: () => Promise<Value>, fallback: Value): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      problems.push(`${engine} does not answer: ${error instanceof Error ? error.message : String(error)}`);
      return fallback;
    }
  };
  const to = Math.min(now, run.startedAt + afterMs);
  const range = { from: to - windowMs, to, stepSeconds };
  const workspaceId = outputs.get('PrometheusWorkspaceId') ?? '';
  const [drawn, traces, lines] = await Promise.all([
    tried(
      'Prometheus',
      () =>
        Promise.all(
          charts.map(async (chart) => ({
            ...chart,
            series: await readSeries(cloud.aps, workspaceId, chart.query, range),
          })),
        ),
      charts.map((chart): Chart => ({ ...chart, series: [] })),
    ),
    tried(
      'Tempo',
      () =>
        Promise.all(
          run.calls.map(
            async ({ traceId }) => [traceId, await readTrace(outputs.get('TempoUrl') ?? '', traceId)] as const,
          ),
        ),
      [],
    ),
    tried(
      'Loki',
      () =>
        readLogs(
          outputs.get('LokiUrl') ?? '',
          run.calls.map(({ traceId }) => traceId),
          run.startedAt,
        ),
      [],
    ),
  ]);
  return {
    run,
    from: range.from,
    to,
    charts: drawn,
    traces: new Map(traces),
    logs: new Map(
      run.calls.map(({ traceId }) => [traceId, lines.filter(({ labels }) => labels['trace_id'] === traceId)]),
    ),
    problems,
  };
}
