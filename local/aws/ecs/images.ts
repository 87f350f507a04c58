import path from 'node:path';
import { resolveBackend } from '../../engines';
import type { BackendCommand, BackendName } from '../../engines/contracts';

type Program = 'node' | 'aws-cli' | BackendName;

/** The process of a container, and its label for the terminal's table. */
export interface ResolvedProgram {
  readonly label: string;
  readonly kind: 'real' | 'stand-in';
  readonly command: BackendCommand;
}

export interface ProgramOptions {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly string[];
}

/** The program that runs in place of an image, by its repository name in any registry; undefined if there is none. */
export function programOf(image: string): Program | undefined {
  const repository = image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  if (/(^|\/)node$/.test(repository)) return 'node';
  if (/(^|\/)aws-cli$/.test(repository)) return 'aws-cli';
  if (/(^|\/)loki$/.test(repository)) return 'loki';
  if (/(^|\/)tempo$/.test(repository)) return 'tempo';
  if (/(^|\/)(aws-otel-collector|opentelemetry-collector-contrib)$/.test(repository)) return 'otelcol';
  return /(^|\/)prometheus$/.test(repository) ? 'prometheus' : undefined;
}

/**
 * The process for a container's entry point and command. Throws when they are not supported for the image's program.
 */
export async function resolveProgram(image: string, options: ProgramOptions): Promise<ResolvedProgram> {
  const program = programOf(image);
  const { cwd, env, mounts } = options;
  const words = [...options.entryPoint, ...options.command];
  switch (program) {
    case undefined:
      throw new Error(`The local cloud has no program for the image ${image}.`);
    case 'node': {
      const [first, ...args] = words;
      if (first !== 'node')
        throw new Error(`The local cloud runs the node image only as "node …", not as "${first ?? ''}".`);
      return { label: `Node ${process.versions.node}`, kind: 'real', command: { file: process.execPath, args, env } };
    }
    case 'aws-cli': {
      const [service, action, source = '', destination = ''] = words.filter((word) => !word.startsWith('--'));
      if (service !== 's3' || action !== 'cp')
        throw new Error(`The local cloud runs the aws-cli image only for "s3 cp", not for "${words.join(' ')}".`);
      const args = [path.join(__dirname, 's3-cp.cjs'), source, destination];
      return { label: 'aws s3 cp (AWS SDK)', kind: 'real', command: { file: process.execPath, args, env } };
    }
    default: {
      const backend = await resolveBackend(program);
      const command = backend.command(words, { cwd, env, mounts });
      return { label: backend.label, kind: backend.kind === 'stand-in' ? 'stand-in' : 'real', command };
    }
  }
}
