import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { withoutData } from '../queries/answer';
import { instantQuery } from '../queries/prometheus';
import type { Traffic } from '../traffic';
import type { Check } from './check';
import { METRICS, ofStage, SERVICE } from './names';

/** Tempo collects the metrics every 15 s and completes an edge of the service graph 10 s later. */
const DEADLINE_MS = 120_000;

/** Checks the metrics that Tempo's metrics generator derives from the tester's spans and writes to AMP. */
export function generatedMetricChecks(
  grafana: Grafana,
  traffic: Traffic,
  clock: Clock,
  stage: string,
): readonly Check[] {
  const before = new Date(traffic.startedAt);
  return [
    grewCheck(grafana, clock, before, 'span-metrics', ofStage(METRICS.spanCalls, stage, `service="${SERVICE}"`)),
    grewCheck(grafana, clock, before, 'service-graph', ofStage(METRICS.serviceGraph, stage)),
  ];
}

function grewCheck(grafana: Grafana, clock: Clock, before: Date, name: string, query: string): Check {
  const totalAt = (time: Date) => instantQuery(grafana, query, { from: new Date(time.getTime() - 300_000), to: time });
  return {
    name,
    query,
    expected: `series that rose since ${before.toISOString()}`,
    deadline: DEADLINE_MS,
    async look() {
      const [then, now] = [await totalAt(before), await totalAt(clock.now())];
      const broken = withoutData(then, 'prometheus') ?? withoutData(now, 'prometheus');
      if (broken) return broken;
      if (then.kind !== 'data' || now.kind !== 'data')
        throw new TypeError('an answer without data is dealt with above');
      const sum = (samples: typeof now.data) => samples.reduce((total, { value }) => total + value, 0);
      const rose = sum(now.data) - sum(then.data);
      // A restarted generator counts from zero, so its whole value is new.
      if (rose > 0 || (rose < 0 && now.data.length > 0)) {
        return {
          verdict: 'passed',
          found: `${now.data.length} series, up by ${Math.abs(rose)}`,
          evidence: now.data.slice(0, 20),
        };
      }
      return {
        verdict: 'late',
        found: now.data.length === 0 ? `no series ${query}` : `${now.data.length} series that did not rise`,
        evidence: now.data.slice(0, 20),
        hop: 'store',
        remedy:
          "Read Tempo's log for metrics generator and remote write errors; its task role needs aps:RemoteWrite, and overrides must name the processors.",
      };
    },
  };
}
