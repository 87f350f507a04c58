import { type QueryAnswer, withoutData } from '../../queries/answer';
import { type LogLine, logLines } from '../../queries/loki';
import { recentTraces } from '../../queries/tempo';
import type { Check, Observation, Open } from '../check';
import { RECENT_MS, type ServiceUnderCheck } from './under-check';
import { whyMissing } from './why-missing';

const DEADLINE_MS = 90_000;

/** Has the service written a line with the probe's trace id; without a probe, with that of a recent trace of it? */
export function logsCheck(under: ServiceUnderCheck): Check {
  const { service, probe } = under;
  const { name } = service;
  return {
    name: `service-${name}-logs`,
    query: lineQuery(name, probe?.traceId ?? '<a recent trace>'),
    expected: `a line of ${name} with the id of ${probe ? "the probe's trace" : 'a recent trace of it'}`,
    deadline: DEADLINE_MS,
    async look() {
      const answer = await linesOfTraces(under);
      const broken = withoutData(answer, 'loki');
      if (broken || answer.kind !== 'data') return broken ?? { verdict: 'not-evaluated', found: 'no answer' };
      if (answer.data.length > 0)
        return { verdict: 'passed', found: `${answer.data.length} lines`, evidence: answer.data.slice(0, 10) };
      return {
        verdict: 'late',
        found: probe ? `no line with trace id ${probe.traceId}` : `no line with the id of a recent trace`,
        evidence: [],
        hop: 'collector path',
        remedy: `docs/services/${service.kind}.md says how its log lines come here.`,
      };
    },
    diagnose: (last) => (last.verdict === 'late' ? diagnose(under, last) : Promise.resolve(last)),
  };
}

/** The lines of the service with the probe's trace id; without a probe, of the first of five recent traces that has any. */
export async function linesOfTraces(under: ServiceUnderCheck): Promise<QueryAnswer<readonly LogLine[]>> {
  const { grafana, service, probe, clock } = under;
  const since = new Date(clock.now().getTime() - RECENT_MS);
  const range = { from: since, to: new Date(clock.now().getTime() + 60_000) };
  const traces = probe
    ? ({ kind: 'data', data: [{ traceId: probe.traceId }] } as const)
    : await recentTraces(grafana, service.name, since);
  if (traces.kind !== 'data') return traces;
  for (const { traceId } of traces.data) {
    const answer = await logLines(grafana, lineQuery(service.name, traceId), range, 20);
    if (answer.kind !== 'data' || answer.data.length > 0) return answer;
  }
  return { kind: 'data', data: [] };
}

/** If the service writes lines without a trace id, the path works and its logger is at fault. */
async function diagnose(under: ServiceUnderCheck, last: Open): Promise<Observation> {
  const { grafana, service, clock } = under;
  const range = { from: new Date(clock.now().getTime() - RECENT_MS), to: clock.now() };
  const bare = await logLines(grafana, `{service_name=${JSON.stringify(service.name)}} | trace_id=""`, range, 5);
  if (bare.kind !== 'data' || bare.data.length === 0) return whyMissing(under, 'logs', last);
  return {
    ...last,
    hop: 'service',
    found: `${last.found}, though Loki has lines of ${service.name} without any trace id`,
    evidence: bare.data,
    remedy:
      'Its logger does not add the active span to its lines: use the OpenTelemetry instrumentation of the logger, and write the line while the request is served.',
  };
}

function lineQuery(service: string, traceId: string): string {
  return `{service_name=${JSON.stringify(service)}} | trace_id=${JSON.stringify(traceId)}`;
}
