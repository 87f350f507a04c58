import { anchoredDotAll } from '../../../engines/wire/grammar';
import type { Labels } from '../../../engines/wire/labels';
import { typeName } from './aggregate';
import { histogramQuantile } from './quantile';
import {
  checkUnique,
  type Expression,
  type PromqlParseError,
  type ScalarExpression,
  type StringExpression,
  scalar,
  type VectorExpression,
  vector,
  without,
} from './values';

type Fail = (message: string) => PromqlParseError;
type InstantFunction = (args: readonly Expression[], fail: Fail, name: string) => Expression;

/** Type checks with Prometheus's error messages. */
function vectorAt(args: readonly Expression[], index: number, fail: Fail, name: string): VectorExpression {
  const argument = args[index];
  if (argument?.type === 'vector') return argument;
  throw fail(
    argument
      ? `expected type instant vector in call to function "${name}", got ${typeName(argument)}`
      : `expected at least ${index + 1} argument(s) in call to "${name}", got ${args.length}`,
  );
}
function scalarAt(args: readonly Expression[], index: number, fail: Fail, name: string): ScalarExpression {
  const argument = args[index];
  if (argument?.type === 'scalar') return argument;
  throw fail(
    argument
      ? `expected type scalar in call to function "${name}", got ${typeName(argument)}`
      : `expected at least ${index + 1} argument(s) in call to "${name}", got ${args.length}`,
  );
}
function textAt(args: readonly Expression[], index: number, fail: Fail, name: string): string {
  const argument = args[index] as StringExpression | undefined;
  if (argument?.type === 'string') return argument.at({ source: { select: () => [] }, time: 0 });
  throw fail(`expected type string in call to function "${name}", got ${typeName(argument)}`);
}

const map =
  (change: (value: number) => number): InstantFunction =>
  (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    return vector((moment) =>
      operand.at(moment).map(({ labels, value }) => ({ labels: without(labels, '__name__'), value: change(value) })),
    );
  };

const clamp =
  (lower: number | undefined, upper: number | undefined): InstantFunction =>
  (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    const low = lower === undefined ? undefined : scalarAt(args, lower, fail, name);
    const high = upper === undefined ? undefined : scalarAt(args, upper, fail, name);
    return vector((moment) => {
      const [least, most] = [low?.at(moment) ?? Number.NEGATIVE_INFINITY, high?.at(moment) ?? Number.POSITIVE_INFINITY];
      if (least > most) return [];
      return operand.at(moment).map(({ labels, value }) => ({
        labels: without(labels, '__name__'),
        value: Math.max(least, Math.min(most, value)),
      }));
    });
  };

const sorted =
  (direction: 1 | -1): InstantFunction =>
  (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    return vector((moment) => [...operand.at(moment)].sort((a, b) => direction * (a.value - b.value)));
  };

/** The functions of scalars and instant vectors. */
export const instantFunctions: Readonly<Record<string, InstantFunction>> = {
  abs: map(Math.abs),
  ceil: map(Math.ceil),
  floor: map(Math.floor),
  exp: map(Math.exp),
  ln: map(Math.log),
  log2: map(Math.log2),
  log10: map(Math.log10),
  sqrt: map(Math.sqrt),
  sgn: map(Math.sign),
  clamp: clamp(1, 2),
  clamp_min: clamp(1, undefined),
  clamp_max: clamp(undefined, 1),
  sort: sorted(1),
  sort_desc: sorted(-1),
  round: (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    const nearest = args.length > 1 ? scalarAt(args, 1, fail, name) : scalar(() => 1);
    return vector((moment) => {
      const to = 1 / nearest.at(moment);
      return operand.at(moment).map(({ labels, value }) => ({
        labels: without(labels, '__name__'),
        value: Math.floor(value * to + 0.5) / to,
      }));
    });
  },
  time: () => scalar(({ time }) => time / 1000),
  pi: () => scalar(() => Math.PI),
  vector: (args, fail, name) => {
    const value = scalarAt(args, 0, fail, name);
    return vector((moment) => [{ labels: {}, value: value.at(moment) }]);
  },
  scalar: (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    return scalar((moment) => {
      const [only, ...others] = operand.at(moment);
      return only === undefined || others.length > 0 ? Number.NaN : only.value;
    });
  },
  // Of a selector it is the sample's own time: compile.ts has that case. Of anything else it is the evaluation's.
  timestamp: (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    return vector((moment) =>
      operand.at(moment).map(({ labels }) => ({ labels: without(labels, '__name__'), value: moment.time / 1000 })),
    );
  },
  absent: (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    // The labels of the selector's equality matchers are left out here.
    return vector((moment) => (operand.at(moment).length === 0 ? [{ labels: {}, value: 1 }] : []));
  },
  absent_over_time: (args, fail, name) => {
    const operand = args[0];
    if (operand?.type !== 'matrix')
      throw fail(`expected type range vector in call to function "${name}", got ${typeName(operand)}`);
    return vector((moment) => (operand.at(moment).series.length === 0 ? [{ labels: {}, value: 1 }] : []));
  },
  histogram_quantile: (args, fail, name) => {
    const quantile = scalarAt(args, 0, fail, name);
    const operand = vectorAt(args, 1, fail, name);
    return vector((moment) => histogramQuantile(quantile.at(moment), operand.at(moment)));
  },
  label_replace: (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    const [target, replacement, source, expression] = [1, 2, 3, 4].map((index) => textAt(args, index, fail, name));
    const pattern = anchoredDotAll(expression ?? '');
    // Go writes ${1} and $1, JavaScript $1.
    const template = (replacement ?? '').replaceAll(/\$\{(\w+)\}/g, '$$$1');
    return vector((moment) =>
      checkUnique(
        operand.at(moment).map((point) => {
          const text = point.labels[source ?? ''] ?? '';
          if (!pattern.test(text)) return point;
          return { ...point, labels: withLabel(point.labels, target ?? '', text.replace(pattern, template)) };
        }),
      ),
    );
  },
  label_join: (args, fail, name) => {
    const operand = vectorAt(args, 0, fail, name);
    const [target = '', separator = '', ...sources] = args
      .slice(1)
      .map((_, index) => textAt(args, index + 1, fail, name));
    return vector((moment) =>
      checkUnique(
        operand.at(moment).map(({ labels, value }) => ({
          labels: withLabel(labels, target, sources.map((source) => labels[source] ?? '').join(separator)),
          value,
        })),
      ),
    );
  },
};

function withLabel(labels: Labels, name: string, value: string): Labels {
  return value === '' ? without(labels, name) : { ...labels, [name]: value };
}
