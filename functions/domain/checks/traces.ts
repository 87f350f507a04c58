import type { Clock } from '../clock';
import type { Grafana } from '../grafana';
import { type QueryAnswer, withoutData } from '../queries/answer';
import type { Span } from '../queries/span';
import { recentTraces, searchTraces, traceById } from '../queries/tempo';
import type { TesterCall, Traffic } from '../traffic';
import type { Check, Observation, Open } from './check';
import { atGateway } from './gateway';
import { SERVICE, TESTER } from './names';

const DEADLINE_MS = 90_000;

interface At {
  readonly clock: Clock;
  readonly stage: string;
}

/** Checks the tester's requests as traces in Tempo. */
export function traceChecks(grafana: Grafana, traffic: Traffic, at: At): readonly Check[] {
  const { calls } = traffic;
  const since = new Date(traffic.startedAt);
  const stored = calls.filter(({ expectedStatus }) => expectedStatus < 400);
  return [
    traceCheck(
      grafana,
      at,
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
        // The HTTP semantic conventions leave a server span's status unset for 4xx, because the client is at fault.
        if (server.isError !== call.expectedStatus >= 500)
          return `the server span ${server.isError ? 'is' : 'is not'} marked as an error at ${status}`;
        return offTime(server, since);
      },
    ),
    traceCheck(
      grafana,
      at,
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
        // The check trace-root covers the parents of the root and the server span. Compared by id, because a batch that
        // was sent twice has the server span twice.
        const orphans = spans.filter(
          (span) => span.service !== TESTER && span.spanId !== server.spanId && !ids.has(span.parentSpanId),
        );
        return orphans.length > 0 ? `without their parent: ${orphans.map(({ name }) => name).join(', ')}` : undefined;
      },
    ),
    rootCheck(grafana, traffic, at),
    searchCheck(grafana, traffic, at),
  ];
}

function traceCheck(
  grafana: Grafana,
  at: At,
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
        // The tester sends its own span separately, and it arrives before the service's.
        if (!spans || spans.every(({ service }) => service === TESTER))
          return {
            verdict: 'late',
            found: `no ${spans ? `span of ${SERVICE} in the ` : ''}trace ${call.traceId} of "${call.name}"`,
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
    diagnose: (last) => (last.verdict === 'late' ? diagnose(grafana, since, last, at) : Promise.resolve(last)),
  };
}

/** Checks that each trace starts with the tester's client span and that the service's server span is its child. */
function rootCheck(grafana: Grafana, { calls }: Traffic, at: At): Check {
  return {
    name: 'trace-root',
    query: calls.map(({ traceId }) => `trace ${traceId}`).join(', '),
    expected: `a client span of ${TESTER} without a parent, and the server span of ${SERVICE} below it, for each call`,
    deadline: DEADLINE_MS,
    async look() {
      const evidence: Record<string, unknown> = {};
      for (const call of calls) {
        const answer = await traceById(grafana, call.traceId);
        const broken = withoutData(answer, 'tempo');
        if (broken) return { ...broken, evidence };
        const spans = (answer.kind === 'data' && answer.data) || [];
        evidence[call.name] = spans;
        const root = spans.find(
          ({ service, kind, parentSpanId }) => service === TESTER && kind === 'CLIENT' && parentSpanId === '',
        );
        if (!root)
          return {
            verdict: 'late',
            found: `no client span of ${TESTER} at the root of the trace of "${call.name}"`,
            evidence,
            hop: 'collector path',
            remedy: ROOT_REMEDY,
          };
        const server = serverSpan(spans);
        if (server && server.parentSpanId !== root.spanId)
          return {
            verdict: 'wrong',
            found: `${call.name}: the server span's parent is ${server.parentSpanId || 'none'}, not the tester's span ${root.spanId}`,
            evidence,
            hop: 'service',
            remedy: 'The service did not use the span id of the traceparent header: look at its propagator.',
          };
      }
      return { verdict: 'passed', found: `${calls.length} of ${calls.length} roots`, evidence };
    },
    diagnose: (last) => (last.verdict === 'late' ? atGateway(grafana, last, 'Tempo', at) : Promise.resolve(last)),
  };
}

/**
 * Checks that a search by root span finds the run's traces, as Grafana's trace tables and Traces Drilldown search for
 * them.
 */
function searchCheck(grafana: Grafana, { run, startedAt, calls }: Traffic, at: At): Check {
  const query = `{ trace:rootService = "${TESTER}" && span.tester.run = ${JSON.stringify(run)} }`;
  return {
    name: 'trace-search',
    query,
    expected: `the ${calls.length} traces of this run, each with its root's service and name`,
    deadline: DEADLINE_MS,
    async look() {
      const answer = await searchTraces(grafana, query, new Date(startedAt), calls.length);
      const broken = withoutData(answer, 'tempo');
      if (broken || answer.kind !== 'data') return broken ?? { verdict: 'not-evaluated', found: 'no answer' };
      const named = new Map(answer.data.map((found) => [found.traceId, `${found.rootService} ${found.rootName}`]));
      const missing = calls.filter(
        ({ traceId, method, endpoint }) => named.get(traceId) !== `${TESTER} ${method} ${endpoint}`,
      );
      if (missing.length === 0)
        return { verdict: 'passed', found: `${calls.length} traces by their root`, evidence: answer.data };
      return {
        verdict: 'late',
        found: `${calls.length - missing.length} of ${calls.length} traces by their root: not ${missing.map(({ name }) => `"${name}"`).join(', ')}`,
        evidence: answer.data,
        hop: 'store',
        remedy: ROOT_REMEDY,
      };
    },
    diagnose: (last) => (last.verdict === 'late' ? atGateway(grafana, last, 'Tempo', at) : Promise.resolve(last)),
  };
}

const ROOT_REMEDY =
  "Read the tester's log (`npx sls logs -f tester`) for TESTER_SPANS_LOST, which has the reason; check its OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and the rule from its security group to the gateway's load balancer.";
const COLLECTOR_REMEDY =
  "Read the data processor's log for export errors, and check OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and the security group of the gateway's load balancer.";
const SERVICE_REMEDY =
  "Look at the service's instrumentation: the bundle may have lost it, or a span attribute was renamed.";

/** If Tempo has other traces of the service since the marker, the path works and only this request is missing. */
async function diagnose(grafana: Grafana, since: Date, last: Open, at: At): Promise<Observation> {
  const recent = await recentTraces(grafana, SERVICE, since);
  if (recent.kind !== 'data') return { ...last, found: `${last.found}; searching Tempo failed too` };
  if (recent.data.length === 0)
    return atGateway(
      grafana,
      { ...last, found: `${last.found}; Tempo has no trace of ${SERVICE} since ${since.toISOString()}` },
      'Tempo',
      at,
    );
  return {
    ...last,
    hop: 'service',
    found: `${last.found}, though Tempo has others of ${SERVICE}`,
    remedy:
      'The service ignored the traceparent header of this request, or its sampler dropped the trace: look at its propagator and sampler.',
  };
}

function serverSpan(spans: readonly Span[]): Span | undefined {
  return spans.find(({ kind, service }) => kind === 'SERVER' && service === SERVICE);
}

/** Largest clock difference in ms: Grafana's links search five minutes around a span. */
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
