import type { Grafana } from '../grafana';
import { type QueryAnswer, withoutData } from '../queries/answer';
import type { Span } from '../queries/span';
import { recentTraces, traceById } from '../queries/tempo';
import type { TesterCall, Traffic } from '../traffic';
import type { Check, Observation, Open } from './check';
import { SERVICE } from './names';

const DEADLINE_MS = 90_000;

/** The tester's requests as traces in Tempo. */
export function traceChecks(grafana: Grafana, traffic: Traffic): readonly Check[] {
  const { calls } = traffic;
  const since = new Date(traffic.startedAt);
  const stored = calls.filter(({ expectedStatus }) => expectedStatus < 400);
  return [
    traceCheck(
      grafana,
      'trace-stored',
      since,
      calls,
      `a server span of ${SERVICE} with method, status and time, for each call`,
      (spans, call) => {
        const server = serverSpan(spans);
        if (!server) return `no server span of ${SERVICE} among ${spans.map(({ name }) => name).join(', ')}`;
        const method = server.attributes['http.request.method'] ?? server.attributes['http.method'];
        const status = server.attributes['http.response.status_code'] ?? server.attributes['http.status_code'];
        if (method !== call.method) return `the server span's method is ${method}, not ${call.method}`;
        if (Number(status) !== call.expectedStatus)
          return `the server span's status is ${status}, not ${call.expectedStatus}`;
        // The HTTP conventions leave a server span's status unset for 4xx: the mistake is the client's.
        if (server.isError !== call.expectedStatus >= 500)
          return `the server span ${server.isError ? 'is' : 'is not'} marked as an error at ${status}`;
        return offTime(server, since);
      },
    ),
    traceCheck(
      grafana,
      'trace-spans',
      since,
      stored,
      'an S3 client span below the server span, and every parent in the trace',
      (spans) => {
        const server = serverSpan(spans);
        const s3 = spans.find(isS3);
        if (!server) return 'no server span';
        if (!s3) return `no S3 client span among ${spans.map(({ name }) => name).join(', ')}`;
        if (!leadsTo(s3, server, spans)) return `${s3.name} does not lead to the server span by its parents`;
        const ids = new Set(spans.map(({ spanId }) => spanId));
        // By id: a batch that was sent twice has the server span twice.
        const orphans = spans.filter((span) => span.spanId !== server.spanId && !ids.has(span.parentSpanId));
        return orphans.length > 0 ? `without their parent: ${orphans.map(({ name }) => name).join(', ')}` : undefined;
      },
    ),
  ];
}

function traceCheck(
  grafana: Grafana,
  name: string,
  since: Date,
  calls: readonly TesterCall[],
  expected: string,
  fault: (spans: readonly Span[], call: TesterCall) => string | undefined,
): Check {
  return {
    name,
    query: calls.map(({ traceId }) => `trace ${traceId}`).join(', '),
    expected,
    deadline: DEADLINE_MS,
    async look() {
      const evidence: Record<string, unknown> = {};
      for (const call of calls) {
        const answer: QueryAnswer<readonly Span[] | undefined> = await traceById(grafana, call.traceId);
        const broken = withoutData(answer, 'tempo');
        if (broken) return { ...broken, evidence };
        const spans = answer.kind === 'data' ? answer.data : undefined;
        evidence[call.name] = spans ?? 'not found';
        if (!spans)
          return {
            verdict: 'late',
            found: `no trace ${call.traceId} of "${call.name}"`,
            evidence,
            hop: 'collector path',
            remedy: COLLECTOR_REMEDY,
          };
        const wrong = fault(spans, call);
        if (wrong)
          return {
            verdict: 'wrong',
            found: `${call.name}: ${wrong}`,
            evidence,
            hop: 'service',
            remedy: SERVICE_REMEDY,
          };
      }
      return { verdict: 'passed', found: `${calls.length} of ${calls.length} traces`, evidence };
    },
    diagnose: (last) => (last.verdict === 'late' ? diagnose(grafana, since, last) : Promise.resolve(last)),
  };
}

const COLLECTOR_REMEDY =
  "Read the data processor's log for export errors, and check OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and the security group of Tempo's OTLP listener.";
const SERVICE_REMEDY =
  "Look at the service's instrumentation: the bundle may have lost it, or a span attribute was renamed.";

/** When other traces of the service since the marker are there, the path works and this request alone is missing. */
async function diagnose(grafana: Grafana, since: Date, last: Open): Promise<Observation> {
  const recent = await recentTraces(grafana, SERVICE, since);
  if (recent.kind !== 'data') return { ...last, found: `${last.found}; nor could Tempo be searched` };
  if (recent.data.length === 0)
    return { ...last, found: `${last.found}; Tempo has no trace of ${SERVICE} since ${since.toISOString()}` };
  return {
    ...last,
    hop: 'service',
    found: `${last.found}, though Tempo has others of ${SERVICE}`,
    remedy:
      'The service did not take up the traceparent of this request, or sampled it away: look at its propagator and sampler.',
  };
}

function serverSpan(spans: readonly Span[]): Span | undefined {
  return spans.find(({ kind, service }) => kind === 'SERVER' && service === SERVICE);
}

/** Clocks may differ by this much, ms: Grafana's links look five minutes around a span. */
const SKEW_MS = 5 * 60_000;

function offTime({ startedAt }: Span, since: Date): string | undefined {
  const off = Math.round((startedAt - since.getTime()) / 1000);
  return Math.abs(off) * 1000 > SKEW_MS
    ? `the server span began ${Math.abs(off)} s ${off < 0 ? 'before' : 'after'} the tester: a clock is wrong`
    : undefined;
}

function isS3({ kind, name, attributes }: Span): boolean {
  return (
    kind === 'CLIENT' &&
    (attributes['rpc.service'] === 'S3' ||
      name.startsWith('S3.') ||
      String(attributes['rpc.method'] ?? '').startsWith('S3/'))
  );
}

function leadsTo(span: Span, ancestor: Span, spans: readonly Span[]): boolean {
  const seen = new Set<string>();
  let current: Span | undefined = span;
  while (current && !seen.has(current.spanId)) {
    if (current === ancestor) return true;
    seen.add(current.spanId);
    const parent: string = current.parentSpanId;
    current = spans.find(({ spanId }) => spanId === parent);
  }
  return false;
}
