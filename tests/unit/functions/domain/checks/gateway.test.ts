import type { Open } from '../../../../../functions/domain/checks/check';
import { atGateway } from '../../../../../functions/domain/checks/gateway';
import { answeringGrafana, type StoredSeries } from '../../../../helpers/answering-grafana';
import { testClock } from '../../../../helpers/test-clock';

const second = (at: number) => new Date(Date.UTC(2026, 10, 23, 12, 0, at)).toISOString();
const last: Open = {
  verdict: 'late',
  found: 'no trace',
  hop: 'collector path',
  remedy: 'read the log of the data processor',
};

const queue = (instance: string, exporter: string, at: number, size: number, stage = 'local'): StoredSeries => ({
  labels: { __name__: 'otelcol_exporter_queue_size', job: 'gateway', exporter, instance, stage },
  samples: [[second(at), size]],
});

const look = (series: readonly StoredSeries[]) =>
  atGateway(answeringGrafana({ series: () => series }), last, 'Tempo', {
    clock: testClock(second(90)),
    stage: 'local',
  });

it('names the gateway when its tasks hold what the store has not taken', async () => {
  const seen = await look([queue('a', 'otlp_http/tempo', 80, 3), queue('b', 'otlp_http/tempo', 80, 4)]);
  expect(seen).toMatchObject({ verdict: 'late', hop: 'gateway' });
  expect(seen.found).toBe('no trace; the gateway holds 7 spans that Tempo has not taken');
  expect(seen.remedy).toContain('answers of Tempo');
});

it('names the gateway when it has told nothing of itself for a minute', async () => {
  const seen = await look([queue('a', 'otlp_http/tempo', 10, 3)]);
  expect(seen).toMatchObject({ hop: 'gateway', found: expect.stringContaining('no metrics of its own for a minute') });
  expect(seen.remedy).toContain('npx sls diagnose');
});

it.each([
  ['its queue is empty', [queue('a', 'otlp_http/tempo', 80, 0)]],
  ['another queue is not', [queue('a', 'otlp_http/tempo', 80, 0), queue('a', 'otlp_http/loki', 80, 9)]],
  ['another stage’s is not', [queue('a', 'otlp_http/tempo', 80, 0), queue('a', 'otlp_http/tempo', 80, 9, 'dev')]],
])('leaves the hop before it at fault when %s', async (_, series) => {
  expect(await look(series)).toEqual(last);
});
