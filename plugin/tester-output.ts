import type { Context } from './context';
import { problem } from './problem';

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
}

/** What the framework's invoke verb holds that is needed here; it has no hook between the answer and its printing. */
interface InvokeVerb {
  options: { function?: string; data?: string; path?: string; raw?: boolean };
  log?: (reply: InvokeReply) => void;
}

interface InvokeReply {
  readonly Payload?: Uint8Array | string;
  readonly FunctionError?: string;
}

/**
 * Makes `sls invoke -f tester` print the calls as a table instead of the payload's JSON, which `--json` keeps. Other
 * functions are left as they are; so is this one when the framework no longer has what is replaced here.
 */
export function showTesterCalls(context: Context, plugins: readonly object[]): void {
  const verb = plugins.find((plugin): plugin is InvokeVerb & object => plugin.constructor.name === 'AwsInvoke');
  if (verb?.options.function !== 'tester') return;
  // Without data the framework reads standard input to its end, and a terminal's pipe may have none.
  if (!verb.options.data && !verb.options.path) verb.options.data = '{}';
  if (typeof verb.log !== 'function') return;
  verb.log = (reply) => {
    const payload: unknown = JSON.parse(textOf(reply.Payload) || 'null');
    if (context.flag('json')) context.terminal.line(JSON.stringify(payload, undefined, 2));
    else if (!reply.FunctionError) for (const line of testerLines(payload, context)) context.terminal.line(line);
    if (reply.FunctionError) throw problem(...failure(payload));
  };
}

/** A line for each call with what was expected and what came, its milliseconds and trace id. */
export function testerLines(payload: unknown, { terminal }: Pick<Context, 'terminal'>): readonly string[] {
  const { calls, detail } = payload as { readonly calls?: readonly TesterCall[]; readonly detail?: string };
  if (!Array.isArray(calls)) return [JSON.stringify(payload, undefined, 2)];
  const width = Math.max(...calls.map(({ name }) => name.length));
  const route = Math.max(...calls.map(({ method, path }) => method.length + path.length + 1));
  const lines = calls.map((call) => {
    const mark = call.passed ? terminal.style('green', '✔') : terminal.style('red', '✖');
    const got = `expected ${call.expectedStatus}, got ${call.actualStatus ?? 'no answer'}`;
    const time = `${call.durationMs.toFixed(1)} ms`.padStart(10);
    const error = call.error ? terminal.style('red', `  ${call.error}`) : '';
    return `${mark} ${call.name.padEnd(width)}  ${`${call.method} ${call.path}`.padEnd(route)}  ${got}${time}  ${terminal.style('dim', `trace ${call.traceId}`)}${error}`;
  });
  return detail ? [...lines, detail] : lines;
}

function failure(payload: unknown): [string, string] {
  const { errorType, errorMessage } = payload as { readonly errorType?: string; readonly errorMessage?: string };
  return [errorType ?? 'TesterFailed', errorMessage ?? JSON.stringify(payload)];
}

function textOf(payload: Uint8Array | string | undefined): string {
  if (payload === undefined) return '';
  return typeof payload === 'string' ? payload : new TextDecoder().decode(payload);
}
