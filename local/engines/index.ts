import { cacheDirectory, cachedBinary } from './cache';
import { type BackendDescription, backends } from './catalogue';
import type { BackendName, CommandOptions, ResolvedBackend } from './contracts';
import { dockerAnswers, dockerCommand } from './docker';
import { BackendMissing } from './errors';
import { findBinary, versionOf } from './find-binary';
import { standInCommand } from './stand-in-command';

export { type BackendDescription, backends } from './catalogue';
export type { BackendCommand, BackendName, CommandOptions, ResolvedBackend } from './contracts';

export interface ResolveOptions {
  /** LOCAL_BACKENDS (`real`, `stand-in`), *_BIN, PATH and the cache's place are read from here. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds the engine in this order: a binary named by its variable or on PATH, one that `npm run backends` put into the
 * cache, a Docker image where a Docker engine answers, the stand-in. Throws BackendUnusable for a variable that names
 * no usable binary, BackendMissing when LOCAL_BACKENDS=real and only the stand-in is left.
 */
export async function resolveBackend(name: BackendName, options: ResolveOptions = {}): Promise<ResolvedBackend> {
  const environment = options.environment ?? process.env;
  const description = backends[name];
  const wanted = readWanted(environment['LOCAL_BACKENDS']);
  if (wanted === 'stand-in') return standIn(description, []);

  const { file, notes } = await findBinary(description, environment);
  if (file !== undefined) return program(description, 'binary', file, notes);
  const cached = await cachedBinary(description, cacheDirectory(environment));
  if (cached !== undefined) return program(description, 'cache', cached, notes);
  if (await dockerAnswers(environment)) return docker(description, environment, notes);
  if (wanted === 'real') throw new BackendMissing(`${description.title} was not found. ${remedy(description)}`);
  return standIn(description, notes);
}

/** How to get the real engine, in a sentence. */
export function remedy({ variable, title, version, name }: BackendDescription): string {
  return `Set ${variable} to a ${title} ${version} binary, run \`npm run backends ${name}\`, or start Docker.`;
}

function readWanted(value: string | undefined): 'real' | 'stand-in' | 'any' {
  if (value === undefined || value === '') return 'any';
  if (value === 'real') return 'real';
  if (value === 'standin' || value === 'stand-in') return 'stand-in';
  throw new Error(`LOCAL_BACKENDS is "${value}": it may be "real" or "standin", or unset.`);
}

async function program(
  description: BackendDescription,
  kind: 'binary' | 'cache',
  file: string,
  notes: readonly string[],
): Promise<ResolvedBackend> {
  const version = (await versionOf(file)) ?? (kind === 'cache' ? description.version : 'of unknown version');
  return {
    name: description.name,
    kind,
    label: `${description.title} ${version} (${kind === 'cache' ? 'cache' : `binary, ${tilde(file)}`})`,
    notes,
    command: (args: readonly string[], { env }: CommandOptions) => ({ file, args, env }),
  };
}

function docker(
  description: BackendDescription,
  environment: Readonly<Record<string, string | undefined>>,
  notes: readonly string[],
): ResolvedBackend {
  return {
    name: description.name,
    kind: 'docker',
    label: `${description.title} ${description.version} (Docker, ${description.image})`,
    notes,
    command: (args, options) => dockerCommand(description, args, options, environment),
  };
}

function standIn(description: BackendDescription, notes: readonly string[]): ResolvedBackend {
  return {
    name: description.name,
    kind: 'stand-in',
    label: `${description.name === 's3' ? 'S3' : description.title} stand-in`,
    notes,
    command: (args, { env }) => standInCommand(description, args, env),
  };
}

function tilde(file: string): string {
  const home = process.env['HOME'];
  return home !== undefined && file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}
