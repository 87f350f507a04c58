import type { GrafanaSession } from '../../../functions/domain/grafana';
import { SERVICE_ACCOUNT_NAME, STACK_TAG } from '../../../functions/domain/naming';
import type { Amg } from '../../../functions/domain/workspace';
import { measureServices } from '../../../functions/measure-services/measure-services';
import { type TelemetryStores, telemetryStores } from '../../helpers/telemetry-stores';
import { testClock } from '../../helpers/test-clock';

const clock = testClock();
const now = clock.now().getTime();
const seconds = (count: number) => now - count * 1000;
const iso = (at: number) => new Date(at).toISOString();

/** The control plane with one workspace and, unless it is left out, the setup's service account. */
const amg = (accounts: readonly string[] = [SERVICE_ACCOUNT_NAME], name = 'stack') =>
  ({
    listWorkspaces: async () => [{ id: 'g-1', name, status: 'ACTIVE', tags: { [STACK_TAG]: name } }],
    describe: async () => ({ id: 'g-1', endpoint: 'g-1.example', grafanaVersion: '12.4' }),
    serviceAccounts: async () => accounts.map((each) => ({ id: '7', name: each, role: 'ADMIN' })),
  }) as unknown as Amg;

function measure(stores: TelemetryStores, names: readonly string[], control = amg()) {
  const session: GrafanaSession = async (_access, _purpose, work) => work(stores.grafana);
  return measureServices({ names }, { amg: control, session, clock, stackName: 'stack', stage: 'dev' });
}

const span = (service: string, index: number, more: object = {}) => ({
  service,
  traceId: String(index).padStart(32, '0'),
  spanId: String(index).padStart(16, '0'),
  ...more,
});

it('tells when each signal was last seen, and the rate, errors and 95th percentile of the requests', async () => {
  const stores = telemetryStores();
  stores.sample(seconds(200), { __name__: 'orders_total', job: 'checkout' });
  stores.sample(seconds(20), { __name__: 'orders_total', job: 'checkout' });
  // The scraper's own series are no sign of the service.
  stores.sample(seconds(1), { __name__: 'up', job: 'checkout' }, 0);
  stores.sample(seconds(3), { __name__: 'http_requests_total', job: 'data-processor' });
  for (let index = 0; index < 10; index++)
    stores.spans(seconds(100 - index), span('checkout', index, { durationMs: 100, isError: index < 2 }));
  stores.spans(seconds(9), span('checkout', 11, { kind: 'CLIENT', durationMs: 9_000 }));
  stores.line(seconds(40), 'checkout');
  stores.line(seconds(30), 'checkout');
  const { services, unread } = await measure(stores, ['checkout', 'data-processor-service']);
  expect(unread).toEqual([]);
  expect(services).toEqual([
    {
      name: 'checkout',
      isListed: true,
      lastSeen: { metrics: iso(seconds(20)), traces: iso(seconds(9)), logs: iso(seconds(30)) },
      requests: { rate: expect.closeTo(10 / 300, 1), errors: expect.closeTo(0.2), p95: expect.closeTo(0.122, 2) },
    },
    { name: 'data-processor-service', isListed: true, lastSeen: { metrics: iso(seconds(3)) } },
  ]);
});

it('finds a signal that has been silent for hours, and leaves one out that was never seen', async () => {
  const stores = telemetryStores();
  const old = seconds(3 * 3600);
  stores.sample(old, { __name__: 'orders_total', job: 'checkout' });
  stores.spans(old, span('checkout', 1));
  const { services } = await measure(stores, ['checkout', 'billing']);
  expect(services[0]?.lastSeen).toEqual({ metrics: iso(old), traces: iso(old) });
  expect(services[1]).toEqual({ name: 'billing', isListed: true, lastSeen: {} });
});

it('does not take a service for another whose name a dot matches', async () => {
  const stores = telemetryStores();
  stores.sample(seconds(5), { __name__: 'orders_total', job: 'shopXapi' });
  const { services } = await measure(stores, ['shop.api']);
  expect(services).toEqual([{ name: 'shop.api', isListed: true, lastSeen: {} }]);
});

it('adds the services that send spans and are not listed, and never the tester', async () => {
  const stores = telemetryStores();
  stores.spans(seconds(60), span('chekout', 1), span('tester', 2));
  stores.spans(seconds(30), span('chekout', 3), span('tester', 4));
  const { services } = await measure(stores, []);
  expect(services).toEqual([
    { name: 'chekout', isListed: false, lastSeen: { traces: iso(seconds(30)) }, requests: expect.anything() },
  ]);
});

it('names what it could not read, and tells the rest', async () => {
  const stores = telemetryStores();
  stores.line(seconds(30), 'checkout');
  stores.break('tempo');
  stores.break('prometheus');
  const { services, unread } = await measure(stores, ['checkout']);
  expect(services).toEqual([{ name: 'checkout', isListed: true, lastSeen: { logs: iso(seconds(30)) } }]);
  expect(unread).toEqual([
    expect.stringMatching(/^rate, errors and duration: /),
    expect.stringMatching(/^metrics: /),
    expect.stringMatching(/^traces: /),
  ]);
});

it('says what to run when there is no workspace or no service account', async () => {
  await expect(measure(telemetryStores(), [], amg([], 'other'))).rejects.toMatchObject({ name: 'WorkspaceMissing' });
  await expect(measure(telemetryStores(), [], amg([]))).rejects.toMatchObject({
    name: 'ServiceAccountMissing',
    message: 'The workspace g-1 has no service account of the setup. Run sls setup to create it.',
  });
});
