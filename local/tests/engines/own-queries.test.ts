import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser as logql } from '@grafana/lezer-logql';
import { parsePromql } from '../../aws/aps/promql/parse';
import { readMetric } from '../../engines/stand-ins/loki/logql/metric';
import { readPipeline } from '../../engines/stand-ins/loki/logql/pipeline';
import { readTraceQuery } from '../../engines/stand-ins/tempo/traceql';
import { Syntax } from '../../engines/wire/grammar';

/** The stand-ins evaluate every query of the dashboards and rules that the stack ships. */
interface Query {
  readonly source: 'prometheus' | 'loki' | 'tempo';
  readonly text: string;
}

function queriesIn(value: unknown, source: string | undefined): Query[] {
  if (Array.isArray(value)) return value.flatMap((each) => queriesIn(each, source));
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Record<string, unknown> & { datasource?: { uid?: string }; datasourceUid?: string };
  const own = object.datasource?.uid ?? object.datasourceUid ?? source;
  const found = ['expr', 'query'].flatMap((key) => {
    const text = object[key];
    const isQuery = typeof text === 'string' && text !== '' && !text.startsWith('label_values(');
    return isQuery && (own === 'prometheus' || own === 'loki' || own === 'tempo')
      ? [{ source: own, text: withValues(text) } as const]
      : [];
  });
  return [...found, ...Object.values(object).flatMap((each) => queriesIn(each, own))];
}

/** Replaces Grafana's variables with values. */
function withValues(text: string): string {
  return text
    .replaceAll('$__tags', 'service="x"')
    .replaceAll('@{userRequests}', 'endpoint!="/health"')
    .replaceAll(/@\{(errorBudget|\w+Vcpus|\w+Bytes)\}/g, '0.5')
    .replaceAll(/@\{(scrapeInterval|countingWindow|sloWindow)\}/g, '30s')
    .replaceAll(/\$__(rate_interval|interval|range|auto)/g, '1m')
    .replaceAll('$slower', '0ms')
    .replaceAll(/\$\{[^}]+\}|\$\w+/g, 'x');
}

const root = join(__dirname, '../../../grafana');
const files = globSync('**/*.json', { cwd: root });
const queries = files.flatMap((file) => queriesIn(JSON.parse(readFileSync(join(root, file), 'utf8')), undefined));
const texts = (source: Query['source']) => [
  ...new Set(queries.filter((each) => each.source === source).map(({ text }) => text)),
];

it('finds queries of all three signals', () => {
  for (const source of ['prometheus', 'loki', 'tempo'] as const) expect(texts(source).length).toBeGreaterThan(0);
});

it.each(texts('prometheus'))('evaluates the PromQL %s', (text) => {
  expect(['vector', 'scalar']).toContain(parsePromql(text).type);
});

it.each(texts('loki'))('evaluates the LogQL %s', (text) => {
  const syntax = new Syntax(logql, text);
  const isMetric = syntax.top.firstChild?.firstChild?.name === 'MetricExpr';
  expect(() => (isMetric ? readMetric(syntax, syntax.top) : readPipeline(syntax, syntax.top))).not.toThrow();
});

it.each(texts('tempo'))('evaluates the TraceQL %s', (text) => {
  expect(readTraceQuery(text).find([])).toEqual([]);
});
