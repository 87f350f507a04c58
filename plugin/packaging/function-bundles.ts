import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { problem } from '../problem';
import type { FunctionSettings, Serverless } from '../serverless';

/** Below the service's directory; the framework writes its packages there too. */
const OUTPUT = '.serverless';

/**
 * Bundles the functions and zips each with the files of its `package.patterns`, so that the framework does not package
 * them: of the function `only`, or of all. The same code makes the same bytes, from which the framework and
 * CloudFormation see that a function has not changed. A service without functions/build.cjs is left to the framework.
 */
export async function packageFunctions(serverless: Serverless, only?: string): Promise<void> {
  const builder = loadBuilder(serverless.serviceDir);
  if (!builder) return;
  const functions = selected(serverless, only);
  const bundles = await builder.buildFunctions({ handlers: functions.map(([, settings]) => moduleOf(settings)) });
  await mkdir(path.join(serverless.serviceDir, OUTPUT), { recursive: true });
  await Promise.all(
    functions.map(async ([name, settings]) => {
      const handler = moduleOf(settings);
      const files: Record<string, Buffer> = { [`${handler}.mjs`]: bundleOf(bundles, handler) };
      for (const file of settings.package?.patterns ?? [])
        files[path.posix.normalize(file)] = await readFile(path.join(serverless.serviceDir, file));
      const artifact = path.join(OUTPUT, `${name}.zip`);
      await writeFile(path.join(serverless.serviceDir, artifact), zip(files));
      settings.package = { ...settings.package, artifact };
    }),
  );
}

/** Bundles a function for `sls invoke local`, which loads its handler by `require`. */
export async function bundleForLocalRun(serverless: Serverless, name: string): Promise<void> {
  const builder = loadBuilder(serverless.serviceDir);
  if (!builder) return;
  for (const [, settings] of selected(serverless, name)) {
    const handler = moduleOf(settings);
    const bundles = await builder.buildFunctions({ handlers: [handler], format: 'cjs' });
    const file = path.join(OUTPUT, 'local-run', handler);
    await mkdir(path.dirname(path.join(serverless.serviceDir, file)), { recursive: true });
    await writeFile(path.join(serverless.serviceDir, `${file}.js`), bundleOf(bundles, handler));
    settings.handler = `${file}${path.extname(settings.handler)}`;
  }
}

interface FunctionsBuilder {
  buildFunctions(options: {
    readonly handlers: readonly string[];
    readonly format?: 'esm' | 'cjs';
  }): Promise<ReadonlyMap<string, Buffer>>;
}

/** By path and not by import: the plugin and the functions know nothing of each other's code. */
function loadBuilder(serviceDir: string): FunctionsBuilder | undefined {
  const file = path.join(serviceDir, 'functions', 'build.cjs');
  return existsSync(file) ? (require(file) as FunctionsBuilder) : undefined;
}

function selected(serverless: Serverless, only: string | undefined): readonly (readonly [string, FunctionSettings])[] {
  return Object.entries(serverless.service.functions ?? {}).filter(([name]) => only === undefined || name === only);
}

/** `functions/take-lock/handler` of `functions/take-lock/handler.handler`. */
function moduleOf({ handler }: FunctionSettings): string {
  return handler.slice(0, -path.extname(handler).length);
}

function bundleOf(bundles: ReadonlyMap<string, Buffer>, handler: string): Buffer {
  const bundle = bundles.get(handler);
  if (!bundle) throw problem('NoBundle', `functions/build.cjs made no bundle of ${handler}.`);
  return bundle;
}

/** Readable for everybody, as Lambda runs code as another user than its owner; all from 1980, the first year of a zip. */
function zip(files: Readonly<Record<string, Buffer>>): Uint8Array {
  const entries: Zippable = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, [bytes, { os: 3, attrs: 0o100644 << 16 }]]),
  );
  return zipSync(entries, { mtime: new Date(1980, 0, 1) });
}
