/**
 * Grafana's data frames in their JSON form: "Data frames", developer documentation, and grafana-plugin-sdk-go
 * data/frame_json.go.
 */
export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string' | 'other' | 'boolean';
  readonly typeInfo: { readonly frame: string; readonly nullable?: boolean };
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface Frame {
  readonly schema: {
    readonly refId: string;
    readonly name?: string;
    readonly meta?: Readonly<Record<string, unknown>>;
    readonly fields: readonly Field[];
  };
  readonly data: { readonly values: readonly (readonly unknown[])[] };
}

export type QueryResult =
  | { readonly status: 200; readonly frames: readonly Frame[] }
  | {
      readonly status: number;
      readonly error: string;
      readonly errorSource: 'downstream' | 'plugin';
      readonly frames?: readonly Frame[];
    };

export const failed = (
  status: number,
  error: string,
  errorSource: 'downstream' | 'plugin' = 'downstream',
): QueryResult => ({ status, error, errorSource });

export function isFailed(result: QueryResult): result is Extract<QueryResult, { error: string }> {
  return 'error' in result;
}

export const timeField = (name = 'Time', config?: Record<string, unknown>): Field => ({
  name,
  type: 'time',
  typeInfo: { frame: 'time.Time' },
  ...(config && { config }),
});

export const numberField = (
  name: string,
  labels: Readonly<Record<string, string>> = {},
  config?: Record<string, unknown>,
): Field => ({
  name,
  type: 'number',
  typeInfo: { frame: 'float64' },
  labels,
  ...(config && { config }),
});

export const stringField = (name: string, config?: Record<string, unknown>): Field => ({
  name,
  type: 'string',
  typeInfo: { frame: 'string' },
  ...(config && { config }),
});

export const jsonField = (name: string): Field => ({ name, type: 'other', typeInfo: { frame: 'json.RawMessage' } });

/** One series or number with its labels, the operand of expressions and alert rules. NaN stands for null. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** The numeric content of frames: each number field with its frame's time field, if there is one. */
export function toSeries(frames: readonly Frame[]): Series[] {
  return frames.flatMap((frame) => {
    const timeIndex = frame.schema.fields.findIndex((field) => field.type === 'time');
    const times = (timeIndex < 0 ? [] : (frame.data.values[timeIndex] ?? [])) as readonly number[];
    return frame.schema.fields.flatMap((field, index) => {
      if (field.type !== 'number') return [];
      const values = (frame.data.values[index] ?? []).map((value) => (typeof value === 'number' ? value : Number.NaN));
      return [{ labels: field.labels ?? {}, times, values }];
    });
  });
}

/**
 * JSON has no NaN and no infinities: the frame format writes them as null. Its `entities` member, which names them, is
 * left out.
 */
export const jsonNumber = (value: number): number | null => (Number.isFinite(value) ? value : null);
