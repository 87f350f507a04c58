import { fill } from '../../../functions/domain/content';
import { objectiveValues } from '../../../functions/domain/objective';
import { objective } from '../../../functions/shared/content';
import sloBurn from '../../../grafana/alerting/rules/slo-burn.json';
import serviceOverview from '../../../grafana/dashboards/service-overview.json';
import { MemoryStore } from '../../../local/aws/aps/memory-store';
import { parsePromql } from '../../../local/aws/aps/promql/parse';
import { type Endpoint, endpointOf } from '../../../service/domain/endpoint';
import { QUIET } from '../../../service/http/observe';

const now = Date.parse('2026-11-25T12:00:00Z');
const values = { ...objectiveValues(objective), countingWindow: '75s', scrapeInterval: '15s' };

interface Traffic {
  readonly endpoint: Endpoint;
  readonly status: string;
  /** Requests in each scrape interval. */
  readonly each: number;
}

/** Two hours of counters, scraped each 15 s. */
function storeOf(traffic: readonly Traffic[]): MemoryStore {
  const store = new MemoryStore();
  for (let back = 480; back >= 0; back--) {
    const timestamp = now - back * 15_000;
    store.append(
      traffic.map(({ endpoint, status, each }) => ({
        labels: { __name__: 'http_requests_total', stage: 'local', task: 'a', endpoint, status },
        samples: [{ timestamp, value: (480 - back) * each }],
      })),
      [],
    );
  }
  return store;
}

function ask(expr: string, store: MemoryStore): number | undefined {
  const query = fill({ expr }, values)
    .expr.replaceAll(/\$(stage|task)/g, '.*')
    .replaceAll('$__rate_interval', '1m');
  const expression = parsePromql(query);
  if (expression.type !== 'vector') throw new Error(`a ${expression.type}`);
  return expression.at({ source: store, time: now })[0]?.value;
}

const panel = (id: number) => serviceOverview.panels.find((each) => each.id === id)?.targets?.[0]?.expr ?? '';
const rule = sloBurn.data[0]?.model.expr ?? '';

const probes: readonly Traffic[] = [
  { endpoint: '/health', status: '200', each: 30 },
  { endpoint: '/ready', status: '200', each: 6 },
  { endpoint: '/metrics', status: '200', each: 4 },
];

describe('where 80 % of the requests are probes and every request of a user fails', () => {
  const failing = storeOf([...probes, { endpoint: '/data', status: '503', each: 10 }]);

  it('availability is 0 %, and all of the budget burns', () => {
    expect(ask(panel(4), failing)).toBe(0);
    expect(ask(panel(5), failing)).toBeCloseTo(200);
    expect(ask(rule, failing)).toBeCloseTo(200);
    expect(ask(panel(22), failing)).toBeCloseTo(-199);
    expect(ask(panel(25), failing)).toBeCloseTo(-199);
  });

  it('counting the probes would hide it', () => {
    const hidden = panel(4).replaceAll('@{userRequests}, ', '');
    expect(ask(hidden, failing)).toBeCloseTo(0.8);
  });
});

it('a failed probe does not count as a failure of a user', () => {
  const store = storeOf([
    { endpoint: '/ready', status: '503', each: 6 },
    { endpoint: '/data/{key}', status: '200', each: 10 },
    { endpoint: '/data/{key}', status: '503', each: 0 },
  ]);
  expect(ask(panel(4), store)).toBe(1);
  expect(ask(panel(5), store)).toBe(0);
  expect(ask(panel(22), store)).toBe(1);
});

it('half of what the objective allows leaves half of the budget', () => {
  const store = storeOf([
    { endpoint: '/data', status: '201', each: 399 },
    { endpoint: '/data', status: '500', each: 1 },
  ]);
  expect(ask(panel(5), store)).toBeCloseTo(0.5);
  expect(ask(panel(22), store)).toBeCloseTo(0.5);
  expect(ask(panel(25), store)).toBeCloseTo(0.5);
});

it('without data there is no value, good or bad', () => {
  for (const id of [2, 3, 4, 5, 6, 7, 22, 25])
    expect({ id, value: ask(panel(id), new MemoryStore()) }).toEqual({ id, value: undefined });
});

it("the service's quiet endpoints are not requests of users", () => {
  const [, pattern = ''] = /^endpoint!~"(.+)"$/.exec(objective.userRequests) ?? [];
  const isProbe = (endpoint: string) => new RegExp(`^(?:${pattern})$`).test(endpoint);
  const endpoints = ['/health', '/ready', '/metrics', '/data', '/data/x', '/nothing'].map(endpointOf);
  expect(endpoints.filter(isProbe)).toEqual(endpoints.filter((endpoint) => QUIET.has(endpoint)));
});

it('writes the budget without the digits of binary fractions', () => {
  expect(objectiveValues({ objective: 0.995, windowDays: 30, userRequests: 'x' })).toEqual({
    userRequests: 'x',
    objective: '99.5',
    errorBudget: '0.005',
    sloWindow: '30d',
    sloDays: '30',
  });
});
