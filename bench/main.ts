/**
 * `npm run bench`: what the telemetry costs, measured on the built bundle. Rounds are interleaved, so that other load
 * on the machine affects every variant alike. Figures are medians, and ratios are taken within a round.
 * Options: --rounds N, --requests N (a route and round), --soak N (requests after the rounds, memory only), --write
 * (into docs/performance.md).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildService } from '../service/build.cjs';
import { measureBundles } from './lambda-bundles';
import { type Amounts, measureRound, type RoundFigures, type Variant } from './measure';
import { canPin, pinSelf } from './processes';
import { render, writeTables } from './report';
import { soak } from './soak';
import { startSurroundings } from './surroundings';
import { buildVariants } from './variants';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      requests: { type: 'string', default: '3000' },
      soak: { type: 'string', default: '0' },
      write: { type: 'boolean', default: false },
    },
  });
  const data = Number(values.requests);
  const amounts: Amounts = { warmUp: Math.max(400, Math.round(data / 3)), data, health: data * 4 };
  const directory = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
  pinSelf();
  const surroundings = await startSurroundings();
  try {
    const variants = await buildVariants(directory, surroundings.environment);
    const rounds = await measureRounds(variants, amounts, Number(values.rounds));
    const service = join(directory, 'service.cjs');
    await buildService({ outfile: service });
    // Before the soak: import times need an idle machine, memory does not.
    const bundles = measureBundles();
    const tables = render({
      machine: `${os.cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${os.cpus().length} cores, ${os.platform()} ${os.arch()}, Node ${process.versions.node}`,
      pinned: canPin,
      s3: surroundings.s3Label,
      amounts,
      rounds,
      soak: await soak(service, surroundings.environment, Number(values.soak)),
      bundles,
    });
    process.stdout.write(tables);
    if (values.write) writeTables(tables);
  } finally {
    await surroundings.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measureRounds(
  variants: readonly Variant[],
  amounts: Amounts,
  many: number,
): Promise<Map<string, RoundFigures[]>> {
  const rounds = new Map<string, RoundFigures[]>(variants.map(({ name }) => [name, []]));
  for (let round = 1; round <= many; round += 1) {
    for (const variant of variants) {
      process.stderr.write(`round ${round} of ${many}: ${variant.name}\n`);
      rounds.get(variant.name)?.push(await measureRound(variant, amounts));
    }
  }
  return rounds;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
