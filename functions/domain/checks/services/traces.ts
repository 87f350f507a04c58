import { withoutData } from '../../queries/answer';
import { recentTraces, traceById } from '../../queries/tempo';
import type { Check, Observation } from '../check';
import { TESTER } from '../names';
import { RECENT_MS, type ServiceUnderCheck } from './under-check';
import { whyMissing } from './why-missing';

const DEADLINE_MS = 90_000;

/** Does the probe's trace have a span of the service; without a probe, is there any trace of it? */
export function tracesCheck(under: ServiceUnderCheck): Check {
  const { service, probe, clock } = under;
  const { name } = service;
  return {
    name: `service-${name}-traces`,
    query: probe ? `trace ${probe.traceId}` : `{ resource.service.name = "${name}" }`,
    expected: probe ? `a span of ${name} in the probe's trace` : `a trace of ${name} in the last 15 minutes`,
    deadline: DEADLINE_MS,
    look: () =>
      probe ? lookForProbe(under, probe.traceId) : lookForAny(under, new Date(clock.now().getTime() - RECENT_MS)),
    diagnose: (last) => (last.verdict === 'late' ? whyMissing(under, 'traces', last) : Promise.resolve(last)),
  };
}

async function lookForProbe({ grafana, service }: ServiceUnderCheck, traceId: string): Promise<Observation> {
  const answer = await traceById(grafana, traceId);
  const broken = withoutData(answer, 'tempo');
  if (broken || answer.kind !== 'data') return broken ?? { verdict: 'not-evaluated', found: 'no answer' };
  const spans = answer.data ?? [];
  const own = spans.filter(({ service: of }) => of === service.name);
  if (own.length > 0)
    return { verdict: 'passed', found: `${own.length} spans of ${service.name} in the probe's trace`, evidence: spans };
  const others = [...new Set(spans.map(({ service: of }) => of))].filter((of) => of !== TESTER);
  const names = others.join(', ');
  return {
    verdict: 'late',
    found:
      others.length > 0
        ? `the probe's trace has spans of ${names}, none of ${service.name}`
        : `no span of ${service.name} in the trace ${traceId}`,
    evidence: spans,
    hop: others.length > 0 ? 'service' : 'collector path',
    remedy:
      others.length > 0
        ? `If ${names} is this service, its OTEL_SERVICE_NAME and the name in services.yml differ: make them alike.`
        : `docs/services/${service.kind}.md says how its traces come here.`,
  };
}

async function lookForAny({ grafana, service }: ServiceUnderCheck, since: Date): Promise<Observation> {
  const answer = await recentTraces(grafana, service.name, since);
  const broken = withoutData(answer, 'tempo');
  if (broken || answer.kind !== 'data') return broken ?? { verdict: 'not-evaluated', found: 'no answer' };
  if (answer.data.length > 0)
    return { verdict: 'passed', found: `${answer.data.length} traces or more`, evidence: answer.data };
  return {
    verdict: 'late',
    found: `no trace of ${service.name} in the last 15 minutes`,
    evidence: [],
    hop: 'collector path',
    remedy: `Without requests there are no traces: send it one, or add a probe to its entry. docs/services/${service.kind}.md says how its traces come here.`,
  };
}
