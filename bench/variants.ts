/** What is measured against what. Every variant but the floor is the same app in the same kind of bundle. */
import { join } from 'node:path';
import { buildService } from '../service/build.cjs';
import type { Route, Variant } from './measure';

export const BARE = 'no telemetry';
export const FULL = 'all telemetry';
export const FLOOR = 'bare node:http';

const DATA: readonly Route[] = ['get', 'post', 'health'];
/** What the task definition may pass to Node for a smaller heap. */
export const SMALL_HEAP = ['--max-semi-space-size=8', '--max-old-space-size=256'];

export async function buildVariants(
  directory: string,
  environment: Readonly<Record<string, string>>,
): Promise<Variant[]> {
  const [parts, floor] = [join(directory, 'parts.cjs'), join(directory, 'floor.cjs')];
  await buildService({ outfile: parts, entry: join(__dirname, 'variants', 'parts.ts') });
  await buildService({ outfile: floor, entry: join(__dirname, 'variants', 'floor.ts') });
  const variant = (name: string, with_: string, nodeOptions: readonly string[] = []): Variant => ({
    name,
    file: parts,
    nodeOptions,
    environment: { ...environment, BENCH_PARTS: with_ },
    routes: DATA,
  });
  const everything = 'metrics,stdout,otlp-logs,traces';
  return [
    { name: FLOOR, file: floor, nodeOptions: [], environment, routes: ['health'] },
    variant(BARE, ''),
    variant('metrics', 'metrics'),
    variant('metrics, logs to stdout', 'metrics,stdout'),
    variant('metrics, logs to stdout, traces', 'metrics,stdout,traces'),
    variant(FULL, everything),
    variant('all telemetry, semi-spaces of 16 MB', everything, [
      '--max-semi-space-size=16',
      '--max-old-space-size=256',
    ]),
    variant('all telemetry, small heap', everything, SMALL_HEAP),
    variant('all telemetry, the official HTTP spans', `${everything},official-http`),
  ];
}
