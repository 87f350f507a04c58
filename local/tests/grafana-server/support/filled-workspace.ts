import { exploreQuery } from '../../../../report';
import { grafanaApi, startDataSource } from './data-source';
import type { GrafanaCloud } from './grafana-cloud';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const from = Date.UTC(2026, 10, 23, 12, 0, 0);
const range = { from: String(from), to: String(from + 60_000) };

const span = {
  traceId,
  spanId: '00f067aa0ba902b7',
  name: 'POST /data',
  kind: 'SPAN_KIND_SERVER',
  startTimeUnixNano: `${from}000000`,
  endTimeUnixNano: `${from + 12}000000`,
};
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'data-processor-service' } }] };

/** Answers as Prometheus, Loki and Tempo do: two series, a line, a trace. */
function answerOf(url: string): unknown {
  if (url.startsWith('/api/v2/traces/'))
    return { trace: { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] } };
  if (url.startsWith('/loki/'))
    return {
      status: 'success',
      data: {
        resultType: 'streams',
        result: [
          { stream: { service_name: 'data-processor-service' }, values: [[`${from}000000`, 'stored <b>one</b>']] },
        ],
      },
    };
  const values = [0, 15, 30].map((second) => [from / 1000 + second, String(second / 15)]);
  return {
    status: 'success',
    data: {
      resultType: 'matrix',
      result: ['200', '503'].map((status) => ({ metric: { status }, values })),
    },
  };
}

/** A workspace with the three data sources and a dashboard, and links into its pages. */
export async function filledWorkspace(cloud: GrafanaCloud) {
  const engine = await startDataSource(({ url }) => ({ json: answerOf(url) }));
  const { id, endpoint } = await cloud.workspace({ grafanaVersion: '12.4' });
  const api = grafanaApi(endpoint, await cloud.token(id));
  for (const type of ['prometheus', 'loki', 'tempo'])
    await api('POST', '/api/datasources', {
      name: type,
      uid: type,
      type,
      access: 'proxy',
      url: engine.url,
      jsonData: {},
    });
  const target = (expr: string) => ({ refId: 'A', datasource: { uid: 'prometheus' }, expr, queryType: 'range' });
  const panels = [
    {
      id: 1,
      type: 'timeseries',
      title: 'Requests',
      description: 'Requests a second.',
      targets: [target('rate(up[5m])')],
    },
    { id: 2, type: 'timeseries', title: 'Of one task', targets: [target('rate(up{task="$task"}[5m])')] },
  ];
  await api('POST', '/api/dashboards/db', {
    dashboard: { uid: 'x', title: 'All <b>requests</b>', panels },
    overwrite: true,
  });
  const explore = {
    series: exploreQuery(endpoint, 'prometheus', { expr: 'sum by (status) (rate(http_requests_total[1m]))' }, range),
    lines: exploreQuery(
      endpoint,
      'loki',
      { expr: '{service_name="data-processor-service"}', queryType: 'range' },
      range,
    ),
    trace: exploreQuery(endpoint, 'tempo', { queryType: 'traceql', query: traceId }, range),
  };
  return {
    endpoint,
    explore,
    dashboard: `${endpoint}/d/x/x`,
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
