import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Json, JsonObject } from '../../kernel/contracts';
import { type ExecutionContext, type State, StatesError } from './asl';

/**
 * Evaluates one state at a time with aws-local-stepfunctions: paths, payload templates, intrinsic functions, choices
 * and waits. run-states.ts moves from state to state and adds what the library does not do as AWS does:
 *
 * - its context object has no `$$.State`. In an iteration it has no `$$.Map`, and `$$.Execution.Input` is the item. So
 *   paths are rewritten to a member of its context that the library does not change (CONTEXT);
 * - a Task without TimeoutSeconds ends after 60 s, and errors carry the bare message as their Cause;
 * - its events come late and lack the attempt and iteration, so they cannot serve as the history;
 * - `IsPresent: false` and the like never match, and `ResultPath: "$"` makes a member named `$`.
 */
const CONTEXT = 'LocalContext';

/** A path or template of a definition, with `$$` rewritten to the member that the engine does not change. */
export function prepareState(state: State): State {
  return prepare(state) as unknown as State;
}

/** A state's effective input: after InputPath and Parameters. */
export async function effectiveInput(state: State, input: Json, context: ExecutionContext): Promise<Json> {
  const fields = pick(state, ['InputPath', 'Parameters']);
  return (await evaluate({ Type: 'Pass', ...fields, End: true }, input, context)).output;
}

/** A state's effective output: after ResultSelector, ResultPath and OutputPath. */
export async function effectiveOutput(
  state: State,
  input: Json,
  result: Json,
  context: ExecutionContext,
): Promise<Json> {
  const fields = pick(state, ['ResultSelector', 'ResultPath', 'OutputPath']);
  const task = { Type: 'Task', Resource: 'arn:result', TimeoutSeconds: 60, ...fields, End: true };
  return (await evaluate(task, input, context, result)).output;
}

/**
 * Runs a Pass, Choice, Wait or Succeed state; `next` is the state that a Choice chose. On `signal` it ends early and
 * returns the input.
 */
export async function runPlainState(
  state: State,
  input: Json,
  context: ExecutionContext,
  signal: AbortSignal,
): Promise<{ readonly output: Json; readonly next?: string }> {
  return evaluate({ ...state, Retry: undefined, Catch: undefined }, input, context, undefined, signal);
}

/** Evaluates a payload template. The template `{ "value.$": … }` evaluates one path or intrinsic function. */
export async function evaluateTemplate(
  template: JsonObject,
  input: Json,
  context: ExecutionContext,
): Promise<JsonObject> {
  const state = { Type: 'Pass', Parameters: template, End: true };
  return (await evaluate(state, input, context)).output as JsonObject;
}

export async function evaluatePath(path: string, input: Json, context: ExecutionContext): Promise<Json> {
  return (await evaluateTemplate({ 'value.$': path }, input, context))['value'] ?? null;
}

async function evaluate(
  state: Record<string, unknown>,
  input: Json,
  context: ExecutionContext,
  result?: Json,
  signal?: AbortSignal,
): Promise<{ readonly output: Json; readonly next?: string }> {
  const machine = new StateMachine(oneState(state), { validationOptions: { noValidate: true } });
  const run = machine.run(structuredClone(input) as never, {
    noThrowOnAbort: true,
    context: { [CONTEXT]: context },
    overrides: { taskResourceLocalHandlers: { State: () => result as never } },
  });
  const abort = () => run.abort();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const output = (await run.result) as Json;
    if (state['Type'] !== 'Choice') return { output };
    return { output, next: await lastEntered(run.eventLogs) };
  } catch (error) {
    throw asStatesError((error as Error).cause);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** A machine with this state only, as the engine requires; each target of a Choice is an end state. */
function oneState(state: Record<string, unknown>): StateMachineDefinition {
  const targets = state['Type'] === 'Choice' ? choiceTargets(state as unknown as State) : [];
  const ends = targets.map((name) => [`Next:${name}`, { Type: 'Succeed' }] as const);
  const own = state['Type'] === 'Choice' ? prefixTargets(state) : { ...state, Next: undefined, End: true };
  const States = { State: JSON.parse(JSON.stringify(own)), ...Object.fromEntries(ends) };
  return { StartAt: 'State', States } as unknown as StateMachineDefinition;
}

function choiceTargets(state: State): readonly string[] {
  const choices = (state['Choices'] ?? []) as readonly { readonly Next: string }[];
  const fallback = typeof state['Default'] === 'string' ? [state['Default']] : [];
  return [...choices.map(({ Next }) => Next), ...fallback];
}

function prefixTargets(state: Record<string, unknown>): Record<string, unknown> {
  const choices = (state['Choices'] ?? []) as readonly { readonly Next: string }[];
  return {
    ...state,
    Choices: choices.map((choice) => ({ ...choice, Next: `Next:${choice.Next}` })),
    ...(typeof state['Default'] === 'string' ? { Default: `Next:${state['Default']}` } : {}),
  };
}

async function lastEntered(events: AsyncIterable<{ readonly type: string }>): Promise<string> {
  let name = '';
  for await (const event of events) {
    if (event.type === 'StateEntered') name = (event as unknown as { state: { name: string } }).state.name;
  }
  return name.slice('Next:'.length);
}

function asStatesError(cause: unknown): StatesError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const known = ['States.NoChoiceMatched', 'States.ResultPathMatchFailure'];
  if (known.includes(error.name)) return new StatesError(error.name, error.message);
  if (error.message.includes('ntrinsic function')) return new StatesError('States.IntrinsicFailure', error.message);
  return new StatesError('States.Runtime', error.message);
}

function prepare(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => prepare(item));
  if (typeof value === 'string') return isPath(key) ? value.replaceAll('$$', `$$$$.${CONTEXT}`) : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name, member]) => !(name === 'ResultPath' && member === '$'));
  const negated = entries.find(([name, member]) => name.startsWith('Is') && member === false);
  if (negated !== undefined && 'Variable' in value) {
    const { Next, ...test } = value as Record<string, unknown>;
    return { Not: prepare({ ...test, [negated[0]]: true }), ...(Next === undefined ? {} : { Next }) };
  }
  return Object.fromEntries(entries.map(([name, member]) => [name, prepare(member, name)]));
}

function isPath(key: string): boolean {
  return key.endsWith('.$') || key.endsWith('Path') || key === 'Variable';
}

function pick(state: State, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter((field) => field in state).map((field) => [field, state[field]]));
}
