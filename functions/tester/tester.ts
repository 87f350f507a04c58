import { randomBytes } from 'node:crypto';
import { TesterCallsFailed } from '../domain/errors';
import type { StepResult } from '../domain/results';
import { readThrown } from '../domain/thrown';
import type { Probe, TesterCall, Traffic } from '../domain/traffic';
import { objectFor, type PlannedCall, plannedCalls, provocations } from './calls';
import { metricLines } from './metrics';
import { type PlannedProbe, probeSpans, type SentProbe } from './probes';
import { type CallSpan, exportRequest } from './spans';

export interface TesterResult extends StepResult, Traffic {}

interface TesterDeps {
  readonly serviceUrl: string;
  readonly now: () => Date;
  readonly stage: string;
  /** Timeout of one call in milliseconds. */
  readonly timeout: number;
  /** Sends spans to Tempo as an OTLP request; returns why they did not arrive, if they did not. */
  readonly send: (request: object) => Promise<string | undefined>;
  /** The dimension `Stack` of the metrics. */
  readonly stack: string;
  /** Receives a line of the embedded metric format. */
  readonly record: (line: string) => void;
  /** Receives a code and fields: the log line for people. */
  readonly log: (
    code: string,
    fields: Readonly<Record<string, string | number | readonly string[]>>,
    level: 'INFO' | 'WARN' | 'ERROR',
  ) => void;
}

/**
 * Makes the six calls one after the other, each with its own trace; or, for a drill, `provoke` calls that ask for a
 * 503. Sends the probes of attached services at the same time; VerifySignals judges them. The root span of each request
 * goes to `send`. Lost spans are logged and do not fail the run. Throws TesterCallsFailed if a response of the data
 * processor is not as expected.
 */
export async function testService(
  {
    run,
    provoke,
    probes: plannedProbes = [],
  }: {
    readonly run: string;
    readonly provoke?: number | undefined;
    readonly probes?: readonly PlannedProbe[] | undefined;
  },
  deps: TesterDeps,
): Promise<TesterResult> {
  const startedAt = deps.now().toISOString();
  const spans: CallSpan[] = [];
  const plan = provoke === undefined ? plannedCalls(run) : provocations(run, provoke);
  const sentProbes = Promise.all(plannedProbes.map((planned) => probe(planned, deps)));
  for (const planned of plan) spans.push(await make(planned, deps));
  const calls = spans.map(({ call }) => call);
  const sent = await sentProbes;
  const probes = sent.map((each) => each.probe);
  const { resourceSpans } = exportRequest(spans, { ...deps, run });
  const lost = await deps.send({ resourceSpans: [...resourceSpans, ...probeSpans(sent, { ...deps, run })] });
  if (lost !== undefined) deps.log('TESTER_SPANS_LOST', { run, reason: lost }, 'WARN');
  // Provoked errors are not counted: they would distort the tester's metrics.
  if (provoke === undefined) for (const line of metricLines(deps.stack, calls, deps.now())) deps.record(line);
  const failed = calls.filter(({ passed }) => !passed);
  // Logged last, so that people find it at the end of the run, below the lines for CloudWatch.
  deps.log(
    'TESTER_RAN',
    { run, passed: calls.length - failed.length, failed: failed.length, calls: calls.map(tell) },
    failed.length === 0 ? 'INFO' : 'ERROR',
  );
  if (failed.length > 0) throw new TesterCallsFailed(failed.map(explain));
  return { outcome: 'passed', detail: detailOf(calls, probes), run, startedAt, calls, probes };
}

function detailOf(calls: readonly TesterCall[], probes: readonly Probe[]): string {
  const told = `${calls.length} of ${calls.length} calls as expected`;
  const answered = probes.filter(({ expectedStatus, actualStatus }) => actualStatus === expectedStatus).length;
  return probes.length === 0 ? told : `${told}, ${answered} of ${probes.length} probes`;
}

async function probe({ service, url, expect }: PlannedProbe, { timeout, now }: TesterDeps): Promise<SentProbe> {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const startedAt = now().getTime();
  const started = performance.now();
  const { status, fault } = await send(
    url,
    { method: 'GET', answer: 'anything' },
    `00-${traceId}-${spanId}-01`,
    timeout,
  );
  const durationMs = Math.round((performance.now() - started) * 10) / 10;
  const answer = {
    ...(status !== undefined && { actualStatus: status }),
    ...(fault !== undefined && { error: fault }),
  };
  return { probe: { service, url, expectedStatus: expect, durationMs, traceId, ...answer }, spanId, startedAt };
}

async function make(planned: PlannedCall, { serviceUrl, timeout, now }: TesterDeps): Promise<CallSpan> {
  const traceId = randomBytes(16).toString('hex');
  const spanId = randomBytes(8).toString('hex');
  const startedAt = now().getTime();
  const started = performance.now();
  // Sampled (01), with the tester's own span as the parent.
  const traceparent = `00-${traceId}-${spanId}-01`;
  const outcome = await send(`${serviceUrl.replace(/\/+$/, '')}${planned.path}`, planned, traceparent, timeout);
  const call = {
    name: planned.name,
    method: planned.method,
    path: planned.path,
    endpoint: planned.endpoint,
    expectedStatus: planned.expectedStatus,
    ...(outcome.status !== undefined && { actualStatus: outcome.status }),
    passed: outcome.status === planned.expectedStatus && outcome.fault === undefined,
    durationMs: Math.round((performance.now() - started) * 10) / 10,
    traceId,
    ...(planned.key !== undefined && { key: planned.key }),
    ...(outcome.fault !== undefined && { error: outcome.fault }),
  };
  return { call, spanId, startedAt };
}

async function send(
  url: string,
  { method, body, headers, answer, key }: Pick<PlannedCall, 'method' | 'body' | 'headers' | 'answer' | 'key'>,
  traceparent: string,
  timeout: number,
): Promise<{ readonly status?: number; readonly fault?: string }> {
  try {
    const response = await fetch(url, {
      method,
      headers: {
        traceparent,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    const { status } = response;
    if (status >= 300 && status < 400)
      return { status, fault: `redirected to ${response.headers.get('location') ?? 'nowhere'}` };
    const fault = status < 300 && key !== undefined ? faultOf(text, answer, key) : undefined;
    return { status, ...(fault !== undefined && { fault }) };
  } catch (error) {
    return { fault: nameFailure(error, timeout) };
  }
}

function faultOf(text: string, answer: PlannedCall['answer'], key: string): string | undefined {
  if (answer === 'anything') return undefined;
  const expected = answer === 'the key' ? { key } : objectFor(key);
  const actual = parse(text);
  const wrong = Object.entries(expected).find(([name, value]) => actual[name] !== value);
  return wrong
    ? `the answer's ${wrong[0]} is ${JSON.stringify(actual[wrong[0]])}, not ${JSON.stringify(wrong[1])}`
    : undefined;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** fetch reports "fetch failed" for every error. Its cause has the reason. */
function nameFailure(error: unknown, timeout: number): string {
  const { name, message, cause } = readThrown(error);
  if (name === 'TimeoutError') return `no answer within ${timeout} ms`;
  switch (cause?.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name does not resolve (${cause.code})`;
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection was closed before an answer';
    default:
      return `${message}${cause?.message ? ` (${cause.message})` : ''}`;
  }
}

/** `write the first object: 201 in 5.2 ms`, or the fault. */
function tell({ name, expectedStatus, actualStatus, passed, error, durationMs }: TesterCall): string {
  const got = [actualStatus, error].filter((part) => part !== undefined).join(', ');
  return `${name}: ${got} in ${durationMs} ms${passed ? '' : `, expected ${expectedStatus}`}`;
}

function explain({ name, method, path, expectedStatus, actualStatus, error, traceId }: TesterCall): string {
  const got = [actualStatus, error].filter((part) => part !== undefined).join(', ');
  return `"${name}" (${method} ${path}): expected ${expectedStatus}, got ${got}, trace ${traceId}`;
}
