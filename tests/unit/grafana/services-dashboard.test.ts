import { panelQueries, variableQueries } from '../../../functions/domain/dashboard-queries';
import { instantQuery } from '../../../functions/domain/queries/prometheus';
import { content } from '../../../functions/shared/content';
import { type TelemetryStores, telemetryStores } from '../../helpers/telemetry-stores';
import { testClock } from '../../helpers/test-clock';

const now = testClock().now().getTime();
const dashboard = content.dashboards.find(({ model }) => model.uid === 'services')?.model;
if (!dashboard) throw new Error('no dashboard "services"');

const span = (service: string, index: number, more: object = {}) => ({
  service,
  traceId: String(index).padStart(32, '0'),
  spanId: String(index).padStart(16, '0'),
  ...more,
});

/** The values of each query, by service; Grafana's rate interval is a minute here. */
async function rows(stores: TelemetryStores, chosen: Readonly<Record<string, string>> = {}) {
  const time = { from: new Date(now - 300_000), to: new Date(now) };
  const queries = [
    ...panelQueries(dashboard as NonNullable<typeof dashboard>, chosen),
    ...variableQueries(dashboard as NonNullable<typeof dashboard>, chosen),
  ];
  const answers = await Promise.all(
    queries.map(async ({ id, target }) => {
      const expr = String(target['expr']).replaceAll('$__rate_interval', '1m');
      const answer = await instantQuery(stores.grafana, expr, time);
      if (answer.kind !== 'data') throw new Error(`${id}: ${JSON.stringify(answer)}`);
      return [
        id,
        Object.fromEntries(answer.data.map(({ labels, value }) => [labels['service'] ?? '', value])),
      ] as const;
    }),
  );
  return Object.fromEntries(answers);
}

function stack(...services: readonly string[]): TelemetryStores {
  const stores = telemetryStores();
  // The stage's variable is filled by the data processor's own series.
  stores.sample(now - 1_000, { __name__: 'up', job: 'data-processor', stage: 'dev' });
  for (let ago = 300; ago >= 0; ago -= 20) {
    const spans = services.map((service, place) =>
      span(service, ago * 10 + place + 1, { isError: service === 'checkout' && ago % 60 === 0, durationMs: 50 }),
    );
    stores.spans(now - ago * 1_000, ...spans, span('tester', 90_000 + ago, { kind: 'CLIENT' }));
  }
  return stores;
}

it('has data for every query where the data processor is the only service', async () => {
  const found = await rows(stack('data-processor-service'));
  for (const [id, values] of Object.entries(found)) expect([id, Object.keys(values).length]).toEqual([id, 1]);
  expect(found['2/B']).toEqual({ 'data-processor-service': 0 });
});

it('has a row for each service, with its errors, and none for the tester, which serves nothing', async () => {
  const found = await rows(stack('data-processor-service', 'checkout'));
  for (const id of ['2/A', '2/B', '2/C', '4/A', '5/A', '6/A'])
    expect([id, Object.keys(found[id] ?? {}).sort()]).toEqual([id, ['checkout', 'data-processor-service']]);
  expect(found['2/B']?.['checkout']).toBeCloseTo(1 / 3, 1);
  expect(found['2/C']?.['checkout']).toBeCloseTo(0.062, 2);
});

it('can be narrowed to a service', async () => {
  const found = await rows(stack('data-processor-service', 'checkout'), { service: 'checkout' });
  for (const id of ['2/A', '4/A']) expect(Object.keys(found[id] ?? {})).toEqual(['checkout']);
});
