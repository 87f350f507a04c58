import type { Json, JsonObject } from '../../kernel/contracts';

export interface InputTransformer {
  readonly InputPathsMap: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

export interface InputOptions {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?: InputTransformer | undefined;
}

/** The input text of a target: Input, InputPath, InputTransformer, or the whole event. */
export function targetInput(
  options: InputOptions,
  event: JsonObject,
  rule: { readonly arn: string; readonly name: string },
): string {
  if (options.Input !== undefined) return options.Input;
  if (options.InputPath !== undefined) return JSON.stringify(readPath(options.InputPath, event) ?? null);
  if (options.InputTransformer !== undefined) return transform(options.InputTransformer, event, rule);
  return JSON.stringify(event);
}

/** `$.detail.items[0].name`. */
function readPath(path: string, event: JsonObject): Json | undefined {
  const names = path.replace(/^\$\.?/, '').match(/[^.[\]]+/g) ?? [];
  return names.reduce<Json | undefined>((value, name) => {
    if (Array.isArray(value)) return value[Number(name)];
    return typeof value === 'object' && value !== null ? value[name] : undefined;
  }, event);
}

/**
 * Replaces each `<name>` by its value: as text inside of quotes, as JSON outside of them. A path without a value is
 * replaced by nothing (EventBridge user guide, "Input transformation").
 */
function transform(
  { InputPathsMap, InputTemplate }: InputTransformer,
  event: JsonObject,
  rule: { readonly arn: string; readonly name: string },
): string {
  const reserved: JsonObject = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': event['time'],
    'aws.events.event': event,
    'aws.events.event.json': event,
  };
  let quoted = false;
  return InputTemplate.replace(/\\.|"|<([\w.-]+)>/gs, (found, name: string | undefined) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined) return found;
    const path = InputPathsMap[name];
    const value = path === undefined ? reserved[name] : readPath(path, event);
    if (value === undefined || (value === null && quoted)) return '';
    if (!quoted) return JSON.stringify(value);
    return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
  }).trim();
}
