import { withoutData } from '../../queries/answer';
import { traceById } from '../../queries/tempo';
import type { Check, Observation } from '../check';
import { linesOfTraces } from './logs';
import type { ServiceUnderCheck } from './under-check';

const DEADLINE_MS = 90_000;

/** Does a line lead to its own span: is its span id one of the service's spans in the trace that it names? */
export function linkCheck(under: ServiceUnderCheck): Check {
  const { name } = under.service;
  return {
    name: `service-${name}-link`,
    query: `the trace and the span that a line of ${name} names`,
    expected: `a line whose span id is a span of ${name} in the trace that it names`,
    deadline: DEADLINE_MS,
    look: () => look(under),
  };
}

async function look(under: ServiceUnderCheck): Promise<Observation> {
  const { name } = under.service;
  const lines = await linesOfTraces(under);
  const noLines = withoutData(lines, 'loki');
  if (noLines || lines.kind !== 'data') return noLines ?? { verdict: 'not-evaluated', found: 'no answer' };
  const [first] = lines.data;
  const traceId = first?.labels['trace_id'];
  if (traceId === undefined) return open('late', `no line of ${name} that names a trace`, lines.data);
  const trace = await traceById(under.grafana, traceId);
  const noTrace = withoutData(trace, 'tempo');
  if (noTrace || trace.kind !== 'data') return noTrace ?? { verdict: 'not-evaluated', found: 'no answer' };
  const spans = (trace.data ?? []).filter(({ service }) => service === name);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const linked = lines.data.find(({ labels }) => ids.has(labels['span_id'] ?? ''));
  const evidence = { lines: lines.data.slice(0, 5), spans };
  if (linked) return { verdict: 'passed', found: `a line of the span ${linked.labels['span_id']}`, evidence };
  if (spans.length === 0) return open('late', `no span of ${name} in the trace ${traceId} that a line names`, evidence);
  return open(
    'late',
    `no line of the trace ${traceId} has the id of one of the ${spans.length} spans of ${name} in it`,
    evidence,
  );
}

function open(verdict: 'late', found: string, evidence: unknown): Observation {
  return {
    verdict,
    found,
    evidence,
    hop: 'service',
    remedy:
      'Lines and spans must come from the same active span: the logger needs the OpenTelemetry instrumentation, which adds trace_id and span_id.',
  };
}
