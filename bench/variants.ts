/** The variants that are compared. All but the floor are the same app in the same kind of bundle. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildService } from '../service/build.cjs';
import type { Route, Variant } from './measure';

export const BARE = 'no telemetry';
export const FULL = 'all telemetry';
export const FLOOR = 'bare node:http';

const DATA: readonly Route[] = ['get', 'post', 'health'];

/** The options of Node in the task definition, so that the measurements are those of the deployed process. */
export const DEPLOYED = deployedNodeOptions();

export async function buildVariants(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Variant[]> {
  const [parts, floor] = [join(directory, 'parts.cjs'), join(directory, 'floor.cjs')];
  await buildService({ outfile: parts, entry: join(__dirname, 'variants', 'parts.ts') });
  await buildService({ outfile: floor, entry: join(__dirname, 'variants', 'floor.ts') });
  const variant = (name: string, with_: string, nodeOptions: readonly string[] = DEPLOYED): Variant => ({
    name,
    file: parts,
    nodeOptions,
    environment: { ...environment, BENCH_PARTS: with_ },
    routes: DATA,
  });
  const everything = 'metrics,stdout,otlp-logs,traces';
  return [
    { name: FLOOR, file: floor, nodeOptions: DEPLOYED, environment, routes: ['health'] },
    variant(BARE, ''),
    variant('metrics', 'metrics'),
    variant('metrics, logs to stdout', 'metrics,stdout'),
    variant('metrics, logs to stdout, traces', 'metrics,stdout,traces'),
    variant(FULL, everything),
    variant('all telemetry, the official HTTP spans', `${everything},official-http`),
    variant("all telemetry, Node's own heap sizes", everything, []),
    variant('all telemetry, semi-spaces of 8 MB', everything, ['--max-semi-space-size=8', '--max-old-space-size=256']),
  ];
}

function deployedNodeOptions(): readonly string[] {
  const file = resolve(__dirname, '..', 'resources', 'data-processor.yml');
  const value = /Name: NODE_OPTIONS, Value: '([^']*)'/.exec(readFileSync(file, 'utf8'))?.[1];
  if (value === undefined) throw new Error(`${file} gives the service no NODE_OPTIONS any more.`);
  return value.split(' ');
}
