import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..');
const functionsRoot = path.join(root, 'functions');

/** IAM's prefix by the SDK client's name. */
const prefixes: Readonly<Record<string, string>> = { sfn: 'states', eventbridge: 'events', 'cloudwatch-logs': 'logs' };

/** The adapters by their name in the functions' code (`amg.describe(…)`), with their file in adapters/. */
const adapters = {
  alarms: 'alarms',
  amg: 'amg',
  audit: 'audit-store',
  buckets: 'buckets',
  deployed: 'deployed-stack',
  ecs: 'ecs',
  executions: 'executions',
  interfaces: 'network-interfaces',
  logGroups: 'log-groups',
  networks: 'function-networks',
  schedules: 'schedules',
} as const;

type Adapter = keyof typeof adapters;

/** `functions/<folder>` → the AWS operations that its handler can reach, as `s3:PutObject`. */
export function callsOfFunction(folder: string): readonly string[] {
  const calls = new Set<string>();
  for (const file of reachableFrom(path.join(functionsRoot, folder, 'handler.ts'))) {
    const text = readFileSync(file, 'utf8');
    for (const [, adapter = '', method = ''] of text.matchAll(usage)) {
      for (const call of callsOfMethod(adapter as Adapter, method)) calls.add(call);
    }
  }
  return [...calls].sort();
}

/**
 * The operations of S3 that the service's storage sends: `{ operation: 'PutObject', … }`
 * (service/storage/s3-operation.ts).
 */
export function callsOfService(): readonly string[] {
  const folder = path.join(root, 'service', 'storage');
  const texts = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const operations = texts.flatMap((text) =>
    [...text.matchAll(/\boperation: '(\w+)'/g)].map(([, name]) => `s3:${name}`),
  );
  return [...new Set(operations)].sort();
}

/** Adapters that this scan does not know by name. It would miss their calls. */
export function adaptersOutOfSight(): readonly string[] {
  const known: readonly string[] = Object.values(adapters);
  return readdirSync(path.join(functionsRoot, 'adapters')).filter((file) => {
    const text = readFileSync(path.join(functionsRoot, 'adapters', file), 'utf8');
    return operationsIn(text, 'any').length > 0 && !known.includes(path.basename(file, '.ts'));
  });
}

const usage = new RegExp(`\\b(${Object.keys(adapters).join('|')})\\.(\\w+)\\(`, 'g');

function callsOfMethod(adapter: Adapter, method: string): readonly string[] {
  const text = readFileSync(path.join(functionsRoot, 'adapters', `${adapters[adapter]}.ts`), 'utf8');
  const [, body] = new RegExp(`^    (?:async )?${method}\\(([\\s\\S]*?)^    \\},`, 'm').exec(text) ?? [];
  const inline = new RegExp(`^    ${method}: .*$`, 'm').test(text);
  if (body === undefined && !inline) throw new Error(`adapters/${adapters[adapter]}.ts has no method ${method}`);
  const helpers = [...text.matchAll(/^async function (\w+)\([\s\S]*?^\}/gm)].filter(([, name]) =>
    body?.includes(`${name}(`),
  );
  return operationsIn([body, ...helpers.map(([helper]) => helper)].join('\n'), prefixOf(text));
}

function operationsIn(text: string, prefix: string): readonly string[] {
  const names = [...text.matchAll(/new (\w+)Command\(/g), ...text.matchAll(/\bpaginate(\w+)\(/g)];
  return names.map(([, name]) => `${prefix}:${name}`);
}

function prefixOf(text: string): string {
  const [, client = ''] = /'@aws-sdk\/client-([a-z0-9-]+)'/.exec(text) ?? [];
  return prefixes[client] ?? client;
}

function reachableFrom(entry: string, seen = new Set<string>()): ReadonlySet<string> {
  seen.add(entry);
  const text = readFileSync(entry, 'utf8');
  for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gm)) {
    const base = path.resolve(path.dirname(entry), specifier);
    const file = [`${base}.ts`, path.join(base, 'index.ts')].find((candidate) => existsSync(candidate));
    if (file?.startsWith(functionsRoot) && !seen.has(file)) reachableFrom(file, seen);
  }
  return seen;
}
