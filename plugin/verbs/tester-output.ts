import { exploreTrace, withTraceLinks } from '../../report';
import { findWorkspace } from '../aws/workspace';
import type { Context } from '../context';
import { problem } from '../problem';

/** One of the tester's calls, as docs/architecture.md has it. */
export interface TesterCall {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly expectedStatus: number;
  readonly actualStatus?: number;
  readonly passed: boolean;
  readonly durationMs: number;
  readonly traceId: string;
  readonly error?: string;
  /** Its trace in Grafana, where there is a workspace. */
  readonly explore?: string;
}

/**
 * The members of the framework's invoke verb that are used here; it has no hook between the answer and its printing.
 */
interface InvokeVerb {
  options: { function?: string; data?: string; path?: string; raw?: boolean };
  log?: (reply: InvokeReply) => void;
}

interface InvokeReply {
  readonly Payload?: Uint8Array | string;
  readonly FunctionError?: string;
  /** The last 4 KB of the function's log in base64, with `--log`. */
  readonly LogResult?: string;
}

/**
 * Keeps the response of `sls invoke -f tester`, and returns a function that prints it when the verb has ended: the
 * calls as a table with links to their traces, or the payload's JSON with `--json`. It prints later because the
 * framework does not await its own printing, and the links need a call to AMG. Does nothing for other functions, or
 * when the framework no longer has the members that are replaced here.
 */
export function keepTesterReply(context: Context, plugins: readonly object[]): () => Promise<void> {
  const verb = plugins.find((plugin): plugin is InvokeVerb & object => plugin.constructor.name === 'AwsInvoke');
  if (verb?.options.function !== 'tester') return async () => undefined;
  // Without data the framework reads standard input to its end, and a terminal's pipe may have none.
  if (!verb.options.data && !verb.options.path) verb.options.data = '{}';
  let reply: InvokeReply | undefined;
  const printed = verb.log?.bind(verb);
  if (printed) {
    verb.log = (received) => {
      reply = received;
    };
  }
  return async () => {
    if (!reply) return;
    const { LogResult } = reply;
    try {
      await show(reply, context);
    } finally {
      if (LogResult !== undefined) showLog(LogResult, () => printed?.({ LogResult }), context);
    }
  };
}

/** As the framework prints it; stdout has nothing but the document with `--json`. */
function showLog(log: string, print: () => void, context: Context): void {
  if (context.flag('json')) context.terminal.note(Buffer.from(log, 'base64').toString().trimEnd());
  else print();
}

async function show(reply: InvokeReply, context: Context): Promise<void> {
  const { terminal } = context;
  const payload = withLinks(JSON.parse(textOf(reply.Payload) || 'null'), await grafanaOf(context));
  if (context.flag('json')) terminal.line(JSON.stringify(payload, undefined, 2));
  else if (!reply.FunctionError) for (const line of testerLines(payload, context)) terminal.line(line);
  if (!reply.FunctionError) return;
  const { traces = [] } = payload as { readonly traces?: readonly FailedTrace[] };
  if (!context.flag('json'))
    for (const { traceId, explore } of traces) terminal.line(`trace ${traceId}: ${terminal.style('cyan', explore)}`);
  throw problem(...failure(payload));
}

/** The workspace's URL; undefined (no links) without a workspace or without the right to list workspaces. */
async function grafanaOf(context: Context): Promise<string | undefined> {
  try {
    return (await findWorkspace(await context.grafana(), await context.stack()))?.url || undefined;
  } catch {
    return undefined;
  }
}

interface FailedTrace {
  readonly traceId: string;
  readonly explore: string;
}

/** The payload with a link for each trace that it names: beside each call, or, of a run that failed, as `traces`. */
export function withLinks(payload: unknown, grafana: string | undefined): unknown {
  if (grafana === undefined || typeof payload !== 'object' || payload === null) return payload;
  const { calls, startedAt, errorMessage } = payload as {
    readonly calls?: readonly TesterCall[];
    readonly startedAt?: string;
    readonly errorMessage?: string;
  };
  const at = startedAt === undefined ? new Date() : new Date(startedAt);
  if (Array.isArray(calls)) return { ...payload, calls: withTraceLinks(calls as readonly TesterCall[], grafana, at) };
  const failed = [...(errorMessage ?? '').matchAll(/\btrace ([0-9a-f]{32})\b/g)].map(([, traceId = '']) => traceId);
  return { ...payload, traces: failed.map((traceId) => ({ traceId, explore: exploreTrace(grafana, traceId, at) })) };
}

/** A line for each call with what was expected and what came, its milliseconds and trace id. */
export function testerLines(payload: unknown, { terminal }: Pick<Context, 'terminal'>): readonly string[] {
  const { calls, detail } = payload as { readonly calls?: readonly TesterCall[]; readonly detail?: string };
  if (!Array.isArray(calls)) return [JSON.stringify(payload, undefined, 2)];
  const width = Math.max(...calls.map(({ name }) => name.length));
  const route = Math.max(...calls.map(({ method, path }) => method.length + path.length + 1));
  const lines = calls.map((call: TesterCall) => {
    const mark = call.passed ? terminal.style('green', '✔') : terminal.style('red', '✖');
    const got = `expected ${call.expectedStatus}, got ${call.actualStatus ?? 'no answer'}`;
    const time = `${call.durationMs.toFixed(1)} ms`.padStart(10);
    const error = call.error ? terminal.style('red', `  ${call.error}`) : '';
    const trace = terminal.link(terminal.style('dim', `trace ${call.traceId}`), call.explore);
    return `${mark} ${call.name.padEnd(width)}  ${`${call.method} ${call.path}`.padEnd(route)}  ${got}${time}  ${trace}${error}`;
  });
  const [first] = calls as readonly TesterCall[];
  return [
    ...lines,
    ...(detail ? [detail] : []),
    ...(first?.explore ? [`"${first.name}" in Grafana: ${terminal.style('cyan', first.explore)}`] : []),
  ];
}

function failure(payload: unknown): [string, string] {
  const { errorType, errorMessage } = payload as { readonly errorType?: string; readonly errorMessage?: string };
  return [errorType ?? 'TesterFailed', errorMessage ?? JSON.stringify(payload)];
}

function textOf(payload: Uint8Array | string | undefined): string {
  if (payload === undefined) return '';
  return typeof payload === 'string' ? payload : new TextDecoder().decode(payload);
}
