import { table } from './markdown';

/** What the tables show of an entry of params/schema.yml. */
export interface Parameter {
  readonly type: string;
  readonly default: unknown;
  readonly dev?: unknown;
  readonly local?: unknown;
  readonly allowed?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unit?: string;
  readonly requires?: readonly string[];
  readonly internal?: boolean;
  readonly description: string;
}

export type Schema = Readonly<Record<string, Parameter>>;

/** The parameters that a user may give with `--param="name=value"`. */
export function parameterTable(schema: Schema): string {
  const rows = Object.entries(schema)
    .filter(([, { internal }]) => !internal)
    .map(([name, parameter]) => [
      `\`${name}\``,
      kind(parameter),
      value(parameter.default),
      value(parameter.dev),
      sentence(parameter),
    ]);
  return table(['parameter', 'type and values', 'default', '`dev`', 'what it does'], rows);
}

/** The internal parameters, which a stage sets (docs/architecture.md). */
export function stageTable(schema: Schema): string {
  const rows = Object.entries(schema)
    .filter(([, { internal }]) => internal)
    .map(([name, parameter]) => [`\`${name}\``, value(parameter.default), value(parameter.local), sentence(parameter)]);
  return table(['value', 'on AWS', '`local`', 'what it is'], rows);
}

function kind({ type, allowed, minimum, maximum, unit }: Parameter): string {
  const values = allowed
    ? allowed.map((item) => `\`${item}\``).join(', ')
    : minimum === undefined
      ? type
      : `${type}, ${minimum} to ${maximum}`;
  return unit ? `${values} (${unit})` : values;
}

function value(given: unknown): string {
  if (given === undefined) return '';
  if (given === '') return 'empty';
  return `\`${typeof given === 'object' ? JSON.stringify(given) : String(given)}\``;
}

function sentence({ description, requires }: Parameter): string {
  return requires ? `${description} Needs ${requires.map((name) => `\`${name}\``).join(' and ')}.` : description;
}
