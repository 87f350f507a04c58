import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isNode, isPair, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type * as z from 'zod';
import { nearest } from './nearest';
import { OWN_SERVICE, type ServiceEntry, servicesShape } from './service-schema';

/** A service of services.yml, with its defaults. */
export interface Service {
  /** OpenTelemetry's service.name; the label `job` of its metrics, however they arrive. */
  readonly name: string;
  readonly kind: 'ecs' | 'lambda' | 'eks' | 'other';
  readonly metrics: 'otlp' | 'remote-write' | { readonly ecs: EcsTarget };
  /** The signals that must be seen. */
  readonly signals: readonly ('metrics' | 'traces' | 'logs')[];
  /** Seconds between two samples. */
  readonly interval: number;
  readonly probe?: { readonly url: string; readonly expect: number };
  readonly require: 'fail' | 'warn';
}

/** What the scraper discovers: the tasks of an ECS service, by names. */
export interface EcsTarget {
  readonly cluster: string;
  readonly service: string;
  readonly port: number;
  readonly path: string;
}

/** Seconds, by where the samples come from. OTLP: the default of OTEL_METRIC_EXPORT_INTERVAL. */
const INTERVAL = { scraped: 15, sent: 60 };

/**
 * The services of a stage: from services.<stage>.yml in `directory` if it is there, else from services.yml; none
 * without either. Throws BadServices with a sentence for each fault.
 */
export function readServices(directory: string, stage: string): readonly Service[] {
  const name = [`services.${stage}.yml`, 'services.yml'].find((each) => existsSync(path.join(directory, each)));
  return name === undefined ? [] : parseServices(readFileSync(path.join(directory, name), 'utf8'), name);
}

/** Those that are not the stack's own: what the setup proves besides the data processor. */
export function attachedServices(services: readonly Service[]): readonly Service[] {
  return services.filter(({ name }) => name !== OWN_SERVICE);
}

/** services.yml has faults; the message has a line for each. */
export class BadServices extends Error {
  override readonly name = 'BadServices';
}

/** Reads the text of services.yml. `file` is its name, for the errors. */
export function parseServices(text: string, file: string): readonly Service[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number) => `${file}, line ${lines.linePos(offset).line}`;
  const [broken] = document.errors;
  if (broken)
    throw new BadServices(
      `${at(broken.pos[0])}: not YAML: ${broken.message.split('\n')[0]?.replace(/ at line.*/, '')}.`,
    );
  const content: unknown = document.toJS();
  const parsed = servicesShape.safeParse(content);
  if (parsed.success) return (parsed.data.services ?? []).map(complete);
  const told = parsed.error.issues
    .flatMap((issue) => faultsOf(issue, content, []))
    .map(({ path: place, message }) => {
      const offset = offsetOf(document.contents, place);
      return `${at(offset)}${place.length > 0 ? `, ${dotted(place)}` : ''} ${message}`;
    });
  throw new BadServices([...new Set(told)].join('\n'));
}

function complete({ interval, kind, probe, ...entry }: ServiceEntry): Service {
  const isScraped = typeof entry.metrics === 'object';
  return {
    ...entry,
    kind: kind ?? (isScraped ? 'ecs' : 'other'),
    interval: interval === undefined ? (isScraped ? INTERVAL.scraped : INTERVAL.sent) : Number.parseInt(interval, 10),
    ...(probe && { probe }),
  };
}

type Issue = z.core.$ZodIssue;
type Place = readonly (string | number)[];

interface Fault {
  readonly path: Place;
  readonly message: string;
}

function faultsOf(issue: Issue, content: unknown, above: Place): readonly Fault[] {
  const place = [...above, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const value = valueAt(content, place);
  if (issue.code === 'invalid_union') {
    // A mapping is checked against the union's mapping. For any other value the error lists what is allowed.
    const inner = issue.errors.find((issues) =>
      issues.every(({ path: deep, code }) => deep.length > 0 || code === 'unrecognized_keys'),
    );
    if (inner && typeof value === 'object') return inner.flatMap((each) => faultsOf(each, content, place));
  }
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(place);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      return {
        path: [...place, key],
        message: `is not known.${near === undefined ? ` There are: ${known.join(', ')}.` : ` Did you mean "${near}"?`}`,
      };
    });
  }
  if (value === undefined) return [{ path: place, message: `is missing: it ${issue.message}.` }];
  // The message of a rule that compares entries is complete.
  if (/^must (not|have|be (another|remote-write:|left))/.test(issue.message))
    return [{ path: place, message: `${issue.message}.` }];
  return [{ path: place, message: `is ${shown(value)} but ${issue.message}.` }];
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['services'],
  service: ['name', 'kind', 'metrics', 'signals', 'interval', 'probe', 'require'],
  metrics: ['ecs'],
  ecs: ['cluster', 'service', 'port', 'path'],
  probe: ['url', 'expect'],
};

function keysAt(place: Place): readonly string[] {
  return KEYS[place.length === 2 ? 'service' : String(place.at(-1) ?? '')] ?? [];
}

function valueAt(content: unknown, place: Place): unknown {
  return place.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined,
    content,
  );
}

/** Where the deepest part of `place` that exists is in the text: a key where there is one. */
function offsetOf(node: ParsedNode | null, place: Place): number {
  let [current, offset]: [unknown, number] = [node, node?.range[0] ?? 0];
  for (const step of place) {
    if (isMap(current)) {
      const pair = current.items.find(({ key }) => (isNode(key) ? key.toJSON() : key) === step);
      if (!isPair(pair)) return offset;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      current = pair.value;
    } else {
      const items = (current as { readonly items?: readonly unknown[] } | null)?.items;
      const item = typeof step === 'number' ? items?.[step] : undefined;
      if (!isNode(item)) return offset;
      offset = item.range?.[0] ?? offset;
      current = item;
    }
  }
  return offset;
}

/** `services[0].metrics.ecs.port` */
function dotted(place: Place): string {
  return place
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
