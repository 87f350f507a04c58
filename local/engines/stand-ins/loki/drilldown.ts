/**
 * The endpoints that Grafana's Logs Drilldown calls besides the query API (grafana.com/docs/loki, "Loki HTTP API":
 * detected fields and labels, log statistics, log volume). The answers have the form that was seen from Loki 3.7.
 */
import type { Syntax } from '../../wire/grammar';
import { BadRequest, type HttpAnswer, type HttpRequest, type Route } from '../../wire/http-server';
import { keyOf } from '../../wire/labels';
import { flatten } from './logql/json-stage';
import { accepts, type Matcher } from './logql/matcher';
import { readPipeline } from './logql/pipeline';
import { isMetric, readQuery, readWindow, requireMatcher, success } from './request';
import type { Entry, LogStore } from './store';

/** Loki's defaults. */
const MOST_LINES = 1_000;
const MOST_FIELDS = 1_000;
const MOST_VOLUMES = 100;

export function drilldownRoutes(store: LogStore): Route[] {
  return [
    ['ANY', /^\/loki\/api\/v1\/detected_fields$/, (request) => detectedFields(store, request)],
    ['ANY', /^\/loki\/api\/v1\/detected_field\/([^/]+)\/values$/, (request, name) => fieldValues(store, request, name)],
    ['ANY', /^\/loki\/api\/v1\/detected_labels$/, (request) => detectedLabels(store, request)],
    ['ANY', /^\/loki\/api\/v1\/index\/stats$/, (request) => stats(store, request)],
    ['ANY', /^\/loki\/api\/v1\/index\/volume$/, (request) => volume(store, request)],
  ];
}

interface Field {
  readonly values: Set<string>;
  readonly parsers: Set<string>;
  jsonPath?: readonly string[];
}

function detectedFields(store: LogStore, request: HttpRequest): HttpAnswer {
  const limit = limitOf(request, MOST_FIELDS);
  const fields = [...fieldsOf(store, request)].slice(0, limit).map(([label, { values, parsers, jsonPath }]) => ({
    label,
    type: typeOf([...values][0] ?? ''),
    cardinality: values.size,
    // Structured metadata needs no parser.
    parsers: parsers.size > 0 ? [...parsers] : null,
    ...(jsonPath && { jsonPath }),
  }));
  return { status: 200, body: fields.length > 0 ? { fields, limit } : {} };
}

function fieldValues(store: LogStore, request: HttpRequest, name = ''): HttpAnswer {
  const limit = limitOf(request, MOST_FIELDS);
  const values = [...(fieldsOf(store, request).get(name)?.values ?? [])].sort().slice(0, limit);
  return { status: 200, body: values.length > 0 ? { values, limit } : {} };
}

/**
 * Structured metadata, and the fields that a parser finds in the newest lines: JSON for objects, logfmt for other
 * lines.
 */
function fieldsOf(store: LogStore, request: HttpRequest): ReadonlyMap<string, Field> {
  const syntax = readQuery(request);
  if (isMetric(syntax)) throw new BadRequest('only log selector is supported');
  const pipeline = readPipeline(syntax, syntax.top);
  requireMatcher(pipeline.matchers);
  const { start, end } = readWindow(request.query);
  const most = Number(request.query.get('line_limit') ?? MOST_LINES);
  const fields = new Map<string, Field>();
  const see = (name: string, value: string, parser?: string, jsonPath?: readonly string[]): void => {
    const field = fields.get(name) ?? { values: new Set(), parsers: new Set() };
    field.values.add(value);
    if (parser) field.parsers.add(parser);
    if (jsonPath) field.jsonPath = jsonPath;
    fields.set(name, field);
  };
  for (const { entry } of pipeline.run(store.between(start, end)).slice(-most)) {
    for (const [name, value] of Object.entries(entry.metadata)) see(name, value);
    const object = jsonObject(entry.line);
    if (object) for (const [name, value, keys] of flatten(object)) see(name, value, 'json', keys);
    else for (const [name, value] of logfmt(entry.line)) see(name, value, 'logfmt');
  }
  return fields;
}

function jsonObject(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function logfmt(line: string): (readonly [string, string])[] {
  return [...line.matchAll(/(?:^|\s)([A-Za-z_][\w.]*)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)].map(
    ([, key = '', quoted, bare]) => [key.replaceAll('.', '_'), quoted ?? bare ?? ''] as const,
  );
}

/** The types of values, in the order in which Loki tries them. */
const types: readonly (readonly [string, RegExp])[] = [
  ['int', /^[+-]?\d+$/],
  ['float', /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i],
  ['boolean', /^(true|false)$/i],
  ['duration', /^[+-]?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/],
  ['bytes', /^\d+(\.\d+)?\s?([kmgtpe]i?)?b$/i],
];

function typeOf(value: string): string {
  return types.find(([, form]) => form.test(value))?.[0] ?? 'string';
}

function detectedLabels(store: LogStore, request: HttpRequest): HttpAnswer {
  const matchers = request.query.get('query') ? selectorOf(readQuery(request)) : [];
  const values = new Map<string, Set<string>>();
  for (const { labels } of entriesOf(store, request, matchers))
    for (const [name, value] of Object.entries(labels)) values.set(name, (values.get(name) ?? new Set()).add(value));
  const detected = [...values].map(([label, { size }]) => ({ label, cardinality: size }));
  return { status: 200, body: detected.length > 0 ? { detectedLabels: detected } : {} };
}

/** Loki counts from its index. The stand-in has no chunks and counts one for each stream. */
function stats(store: LogStore, request: HttpRequest): HttpAnswer {
  const entries = entriesOf(store, request, selectorOf(readQuery(request)));
  const streams = new Set(entries.map(({ labels }) => keyOf(labels))).size;
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  return { status: 200, body: { streams, chunks: streams, bytes, entries: entries.length } };
}

/** Bytes by label: by the target labels if given, else by the labels that the selector names, else by all labels. */
function volume(store: LogStore, request: HttpRequest): HttpAnswer {
  const matchers = selectorOf(readQuery(request));
  const aggregateBy = request.query.get('aggregateBy') || 'series';
  if (aggregateBy !== 'series' && aggregateBy !== 'labels') throw new BadRequest('invalid aggregation option');
  const targets = (request.query.get('targetLabels') ?? '').split(',').filter(Boolean);
  const wanted = targets.length > 0 ? targets : matchers.map(({ name }) => name);
  const volumes = new Map<string, { metric: Readonly<Record<string, string>>; bytes: number }>();
  for (const entry of entriesOf(store, request, matchers)) {
    if (!targets.every((name) => name in entry.labels)) continue;
    const labels = Object.entries(entry.labels).filter(([name]) => wanted.length === 0 || wanted.includes(name));
    const metrics = aggregateBy === 'series' ? [Object.fromEntries(labels)] : labels.map(([name]) => ({ [name]: '' }));
    for (const metric of metrics) {
      const key = keyOf(metric);
      volumes.set(key, { metric, bytes: (volumes.get(key)?.bytes ?? 0) + sizeOf(entry) });
    }
  }
  const at = Number(readWindow(request.query).end / 1_000_000n) / 1_000;
  const result = [...volumes.values()]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, limitOf(request, MOST_VOLUMES))
    .map(({ metric, bytes }) => ({ metric, value: [at, String(bytes)] }));
  return success({ resultType: 'vector', result, stats: {} });
}

function entriesOf(store: LogStore, request: HttpRequest, matchers: readonly Matcher[]): readonly Entry[] {
  const { start, end } = readWindow(request.query);
  return store.between(start, end).filter(({ labels }) => accepts(matchers, labels));
}

function selectorOf(syntax: Syntax): readonly Matcher[] {
  const names = new Set<string>();
  syntax.top.cursor().iterate(({ name }) => void names.add(name));
  if (isMetric(syntax) || names.has('PipelineStage')) throw new BadRequest('only label matchers are supported');
  return readPipeline(syntax, syntax.top).matchers;
}

function limitOf({ query }: HttpRequest, otherwise: number): number {
  return Number(query.get('limit') ?? otherwise);
}

function sizeOf({ line, metadata }: Entry): number {
  return Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    Buffer.byteLength(line),
  );
}
