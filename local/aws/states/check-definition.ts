import validateAsl from 'asl-validator';
import { z } from 'zod';
import { AwsError, type JsonObject } from '../../kernel/contracts';
import type { Definition, State } from './asl';
import { prepareState } from './evaluate-state';

/** The Task resources that the local cloud runs: two service integrations and Lambda ARNs. */
const RESOURCES = /^arn:[\w-]+:(states:::(lambda:invoke|sns:publish)|lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?)$/;

/** Fields that AWS has and the engine ignores without an error, with the reason to report. */
const UNKNOWN_FIELDS: Readonly<Record<string, string>> = {
  Assign: 'variables are not known to the local engine',
  Arguments: 'belongs to JSONata',
  Output: 'belongs to JSONata',
  Items: 'belongs to JSONata',
  ItemReader: 'distributed maps are not known to the local engine',
  ItemBatcher: 'distributed maps are not known to the local engine',
  ResultWriter: 'distributed maps are not known to the local engine',
  ToleratedFailurePercentage: 'distributed maps are not known to the local engine',
  ToleratedFailureCount: 'distributed maps are not known to the local engine',
  Credentials: 'a role of its own for a Task is not known to the local engine',
};

/** The limits of the Amazon States Language, "Retry". asl-validator accepts intervals of 0 and 0.5 seconds. */
const retrier = z.object({
  IntervalSeconds: z.number().int().min(1).max(99_999_999).optional(),
  MaxAttempts: z.number().int().min(0).max(99_999_999).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.number().int().min(1).lt(31_622_400).optional(),
  JitterStrategy: z.enum(['NONE', 'FULL']).optional(),
});

/** Limits the memory of validated definitions; a fuzzer's are all different. */
const MAX_CACHED = 100;

/**
 * Checks a definition as CreateStateMachine does, and refuses what the local engine would run differently from AWS.
 * Returns the definition ready to run. Throws InvalidDefinition, which lists every fault.
 */
export function checkDefinition(document: JsonObject): Definition {
  const errors = aslErrors(document);
  if (errors !== '') throw invalid(errors);
  const definition = document as unknown as Definition;
  const faults = [...definitionFaults(document, 'the machine'), ...statesOf(definition).flatMap(stateFaults)];
  if (faults.length > 0) throw invalid(faults.join('; '));
  return prepareState(definition as unknown as State) as unknown as Definition;
}

const known = new Map<string, string>();

/**
 * The validator's errors on a definition; '' when it is valid. The validator compiles its schemas at each call, which
 * takes longer than most executions, so results are cached by the definition's text.
 */
function aslErrors(document: JsonObject): string {
  const text = JSON.stringify(document);
  const before = known.get(text);
  if (before !== undefined) return before;
  // A copy, because the validator writes its defaults into its argument.
  const { errorsText, isValid } = validateAsl(JSON.parse(text) as never, { checkArn: true, checkPaths: true });
  const errors = isValid ? '' : errorsText('; ');
  if (known.size >= MAX_CACHED) known.clear();
  known.set(text, errors);
  return errors;
}

function definitionFaults(fields: Readonly<Record<string, unknown>>, where: string): readonly string[] {
  const language = fields['QueryLanguage'];
  return language === undefined || language === 'JSONPath'
    ? []
    : [`${where}: QueryLanguage ${String(language)}: the local engine runs JSONPath only (it would run JSONata wrong)`];
}

function stateFaults([name, state]: readonly [string, State]): readonly string[] {
  const unknown = Object.keys(state).filter((field) => field in UNKNOWN_FIELDS);
  return [
    ...definitionFaults(state, name),
    ...unknown.map((field) => `${name}: ${field}: ${UNKNOWN_FIELDS[field]}`),
    ...resourceFaults(name, state),
    ...mapFaults(name, state),
    ...retryFaults(name, state),
    ...passFaults(name, state),
    ...intrinsicsOf(state).flatMap((text) => intrinsicFaults(name, text)),
  ];
}

function resourceFaults(name: string, state: State): readonly string[] {
  if (state.Type !== 'Task' || RESOURCES.test(state.Resource ?? '')) return [];
  return [
    `${name}: the local cloud does not run the resource ${state.Resource}; it runs lambda:invoke, sns:publish and Lambda ARNs`,
  ];
}

function mapFaults(name: string, state: State): readonly string[] {
  const config = (state.ItemProcessor as { ProcessorConfig?: { Mode?: string } } | undefined)?.ProcessorConfig;
  return config?.Mode === 'DISTRIBUTED' ? [`${name}: distributed maps are not known to the local engine`] : [];
}

function retryFaults(name: string, state: State): readonly string[] {
  const { error } = z.array(retrier).safeParse(state.Retry ?? []);
  return (error?.issues ?? []).map(({ path, message }) => `${name}: Retry[${path.join('].')}: ${message}`);
}

function passFaults(name: string, state: State): readonly string[] {
  if (state.Type !== 'Pass' || !('Result' in state) || state['Result']) return [];
  return [`${name}: the local engine ignores a Result that is ${JSON.stringify(state['Result'])}`];
}

/** The engine removes every backslash from an intrinsic function's result and literals. */
function intrinsicFaults(name: string, text: string): readonly string[] {
  if (text.includes('States.JsonToString')) {
    return [
      `${name}: the local engine drops the backslashes of States.JsonToString; pass the value and let the function write it`,
    ];
  }
  return text.includes('\\') ? [`${name}: the local engine drops the backslashes in ${text}`] : [];
}

/** The text of every `….$` member that calls an intrinsic function. */
function intrinsicsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'ItemProcessor' || key === 'Iterator' || key === 'Branches') return [];
    if (key.endsWith('.$') && typeof member === 'string' && !member.startsWith('$')) return [member];
    return intrinsicsOf(member);
  });
}

function statesOf(definition: Definition): readonly (readonly [string, State])[] {
  return Object.entries(definition.States).flatMap(([name, state]) => [
    [name, state] as const,
    ...[state.ItemProcessor, state.Iterator, ...(state.Branches ?? [])].flatMap((inner) =>
      inner === undefined ? [] : statesOf(inner),
    ),
  ]);
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidDefinition', `Invalid State Machine Definition: ${reason}`);
}
