import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { instantQuery } from '../queries/prometheus';
import type { Open } from './check';
import { ofStage } from './names';

/** How long ago the gateway last wrote its own metrics, at most; it does so every 15 s. */
const WINDOW = '60s';

/** Where the gateway sends a signal. `exporter` is its name in the gateway's own metrics. */
export const GATEWAY_EXPORTERS = {
  Tempo: { exporter: 'otlp_http/tempo', items: 'spans' },
  Loki: { exporter: 'otlp_http/loki', items: 'log records' },
} as const;

/**
 * Tells whether the gateway is why a store lacks something: it holds data that the store did not take, or it writes no
 * metrics of its own. Else returns `last` as it is.
 */
export async function atGateway(
  grafana: Grafana,
  last: Open,
  store: keyof typeof GATEWAY_EXPORTERS,
  { clock, stage }: { readonly clock: Clock; readonly stage: string },
): Promise<Open> {
  const { exporter, items } = GATEWAY_EXPORTERS[store];
  const queue = ofStage('otelcol_exporter_queue_size', stage, 'job="gateway"', `exporter="${exporter}"`);
  const to = clock.now();
  const time = { from: new Date(to.getTime() - 60_000), to };
  // A query still finds a stopped series for five minutes.
  const told = await instantQuery(grafana, `count_over_time(${queue}[${WINDOW}])`, time);
  if (told.kind !== 'data') return last;
  if (told.data.length === 0) {
    return {
      ...last,
      hop: 'gateway',
      found: `${last.found}; the gateway has written no metrics of its own for a minute`,
      remedy:
        'Look whether a task of the gateway runs (`npx sls diagnose`), and read its log for remote write errors: its task role needs aps:RemoteWrite.',
    };
  }
  const waiting = await instantQuery(grafana, queue, time);
  const size = waiting.kind === 'data' ? waiting.data.reduce((sum, { value }) => sum + value, 0) : 0;
  if (size === 0) return last;
  return {
    ...last,
    hop: 'gateway',
    found: `${last.found}; the gateway holds ${size} ${items} that ${store} has not taken`,
    remedy: `Read the gateway's log for the answers of ${store} ("Exporting failed"), and look at ${store}'s service and the rule from the gateway's security group to ${store}'s load balancer.`,
  };
}
