import validateAsl from 'asl-validator';
import { z } from 'zod';
import { AwsError, type JsonObject } from '../../kernel/contracts';
import type { Definition, State } from './asl';
import { prepareState } from './evaluate-state';

/** The service integrations that the local cloud runs; a plain Lambda ARN is one more. */
const RESOURCES = /^arn:[\w-]+:(states:::(lambda:invoke|sns:publish)|lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?)$/;

/** Fields of AWS that the engine passes over in silence, with what to say about them. */
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

/** The bounds of the Amazon States Language, "Retry"; the validator lets an interval of zero and one of half a second pass. */
const retrier = z.object({
  IntervalSeconds: z.number().int().min(1).max(99_999_999).optional(),
  MaxAttempts: z.number().int().min(0).max(99_999_999).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.number().int().min(1).lt(31_622_400).optional(),
  JitterStrategy: z.enum(['NONE', 'FULL']).optional(),
});

/** A fuzzer's definitions are each new: what is remembered stays small. */
const MOST_KNOWN = 100;

/**
 * Checks a definition as CreateStateMachine does, and for what the local engine would run differently from AWS;
 * returns it ready to run. Throws InvalidDefinition with every fault.
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
 * What the validator says of a definition, '' where it is sound. It compiles its schemas anew at each call, which takes longer
 * than most executions here: the same text is not asked about twice in a process.
 */
function aslErrors(document: JsonObject): string {
  const text = JSON.stringify(document);
  const before = known.get(text);
  if (before !== undefined) return before;
  // Read anew: the validator writes its defaults into what it is given.
  const { errorsText, isValid } = validateAsl(JSON.parse(text) as never, { checkArn: true, checkPaths: true });
  const errors = isValid ? '' : errorsText('; ');
  if (known.size >= MOST_KNOWN) known.clear();
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
  return [`${name}: the local engine passes over a Result that is ${JSON.stringify(state['Result'])}`];
}

/** The engine strips every backslash from a function's result, and from its literals. */
function intrinsicFaults(name: string, text: string): readonly string[] {
  if (text.includes('States.JsonToString')) {
    return [
      `${name}: the local engine drops the backslashes of States.JsonToString; pass the value and let the function write it`,
    ];
  }
  return text.includes('\\') ? [`${name}: the local engine drops the backslashes in ${text}`] : [];
}

/** Every text of a `….$` member that calls a function. */
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
