import { ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { type Engine, kindsHere, resolveKind, until } from './support/engine';
import { logsOf, metricsOf, post, type Stores, spansOf, startGateway, startStores } from './support/gateway';

/**
 * What the stack needs of the Collector with resources/config/otelcol.yaml: it sends on by signal, keeps on disk what a
 * store does not take, and tells how it is. The stand-in and a real Collector have to pass the same tests.
 */
jest.setTimeout(60_000);

describe.each(kindsHere('otelcol'))('the gateway (%s)', (kind) => {
  let stores: Stores;
  let gateway: Engine;

  beforeAll(async () => {
    stores = await startStores();
    gateway = await startGateway(await resolveKind('otelcol', kind), stores.url);
  });

  afterAll(async () => {
    await gateway.stop();
    await stores.close();
  });

  afterEach(() => {
    stores.away = {};
  });

  const bodies = () => stores.logs.map(({ body }) => body?.stringValue ?? '');
  const arrived = (name: string) => stores.series.filter(({ labels }) => labels['__name__'] === name);

  it('sends traces to Tempo and logs to Loki, from JSON and from protobuf', async () => {
    expect((await post(gateway, 'traces', spansOf(['1111111111111111']))).status).toBe(200);
    expect((await post(gateway, 'logs', logsOf(['in JSON']))).status).toBe(200);
    const record = {
      hrTime: [Math.floor(Date.now() / 1000), 0] as [number, number],
      hrTimeObserved: [0, 0] as [number, number],
      body: 'in protobuf',
      attributes: {},
      resource: { attributes: {}, getRawAttributes: () => [] },
      instrumentationScope: { name: 'test' },
      droppedAttributesCount: 0,
    };
    const body = ProtobufLogsSerializer.serializeRequest([record] as never) ?? new Uint8Array();
    expect((await post(gateway, 'logs', body)).status).toBe(200);
    await until('both logs', async () => bodies().includes('in JSON') && bodies().includes('in protobuf'));
    const span = await until('the span', async () => stores.spans.find(({ spanId }) => spanId === '1111111111111111'));
    expect(span).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', name: 'order', kind: 2 });
  });

  it('writes metrics to AMP, signed, under Prometheus’s names, with the stage', async () => {
    expect((await post(gateway, 'metrics', metricsOf(7))).status).toBe(200);
    const [orders] = await until('the counter', async () => {
      const found = arrived('shop_orders_total');
      return found.length > 0 && found;
    });
    expect(orders?.labels).toEqual({
      __name__: 'shop_orders_total',
      job: 'shop',
      payment_kind: 'card',
      stage: 'test',
    });
    expect(orders?.samples.at(-1)?.value).toBe(7);
    await until('the gauge', async () => arrived('queue_depth_ratio').at(-1)?.samples.at(-1)?.value === 2.5);
    const buckets = await until('the histogram', async () => {
      const found = arrived('http_server_request_duration_seconds_bucket');
      return found.length >= 3 && found;
    });
    expect(buckets.map(({ labels, samples }) => [labels['le'], samples.at(-1)?.value]).sort()).toEqual(
      [
        ['+Inf', 3],
        ['0.5', 1],
        ['1', 3],
      ].sort(),
    );
    await until('its sum', async () => arrived('http_server_request_duration_seconds_sum').length > 0);
    await until('its count', async () => arrived('http_server_request_duration_seconds_count').length > 0);
  });

  it('keeps what a store does not take over a kill, and delivers each record once', async () => {
    stores.away = { traces: 503, logs: 503, metrics: 503 };
    const names = Array.from({ length: 50 }, (_, index) => `kept ${index}`);
    const ids = Array.from({ length: 50 }, (_, index) => index.toString(16).padStart(16, 'a'));
    for (const [index, name] of names.entries()) {
      expect((await post(gateway, 'logs', logsOf([name]))).status).toBe(200);
      expect((await post(gateway, 'traces', spansOf([ids[index] ?? '']))).status).toBe(200);
    }
    expect((await post(gateway, 'metrics', metricsOf(41))).status).toBe(200);
    await gateway.stop('SIGKILL');
    stores.away = {};
    await gateway.restart();
    await until('all logs', async () => names.every((name) => bodies().includes(name)));
    await until('all spans', async () => ids.every((id) => stores.spans.some(({ spanId }) => spanId === id)));
    await until('the counter', async () =>
      arrived('shop_orders_total').some(({ samples }) => samples.some(({ value }) => value === 41)),
    );
    expect(bodies().filter((text) => text.startsWith('kept '))).toHaveLength(50);
    expect(stores.spans.filter(({ spanId }) => ids.includes(spanId))).toHaveLength(50);
  });

  it('tries again after 429, and drops what is refused for good and counts it', async () => {
    stores.away = { metrics: 429 };
    expect((await post(gateway, 'metrics', metricsOf(100))).status).toBe(200);
    const before = stores.paths.filter((path) => path.startsWith('/api/')).length;
    await until(
      'two attempts',
      async () => stores.paths.filter((path) => path.startsWith('/api/')).length > before + 1,
    );
    stores.away = { logs: 400 };
    await until('the counter', async () =>
      arrived('shop_orders_total').some(({ samples }) => samples.some(({ value }) => value === 100)),
    );
    expect((await post(gateway, 'logs', logsOf(['never taken']))).status).toBe(200);
    await until('the loss to be counted', async () =>
      arrived('otelcol_exporter_send_failed_log_records_total').some(
        ({ labels, samples }) => labels['exporter'] === 'otlp_http/loki' && (samples.at(-1)?.value ?? 0) >= 1,
      ),
    );
    stores.away = {};
    expect((await post(gateway, 'logs', logsOf(['taken']))).status).toBe(200);
    await until('the next line', async () => bodies().includes('taken'));
    expect(bodies()).not.toContain('never taken');
  });

  it('answers 503 when its queue is full, and tells of the queue while it is not empty', async () => {
    stores.away = { logs: 503 };
    const half = logsOf(Array.from({ length: 250_001 }, () => 'x'));
    expect((await post(gateway, 'logs', half)).status).toBe(200);
    expect((await post(gateway, 'logs', half)).status).toBe(503);
    const size = await until('the queue’s size', async () =>
      arrived('otelcol_exporter_queue_size').find(
        ({ labels, samples }) => labels['exporter'] === 'otlp_http/loki' && (samples.at(-1)?.value ?? 0) > 100_000,
      ),
    );
    expect(size.labels).toMatchObject({ job: 'gateway', stage: 'test', data_type: 'logs' });
    await until('the refusal to be counted', async () =>
      arrived('otelcol_receiver_refused_log_records_total').some(({ samples }) => (samples.at(-1)?.value ?? 0) > 0),
    );
    const capacity = arrived('otelcol_exporter_queue_capacity').find(
      ({ labels }) => labels['exporter'] === 'otlp_http/loki',
    );
    expect(capacity?.samples.at(-1)?.value).toBe(500_000);
  });

  it('refuses a body that is not OTLP', async () => {
    const response = await fetch(`http://127.0.0.1:${gateway.ports['OTLP_PORT']}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'no JSON',
    });
    expect(response.status).toBe(400);
  });
});
