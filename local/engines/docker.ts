import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import type { BackendDescription } from './catalogue';
import type { BackendCommand, CommandOptions } from './contracts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether there is a Docker client whose engine answers within five seconds. */
export async function dockerAnswers(environment: Environment): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(
      'docker',
      ['version', '--format', '{{.Server.Version}}'],
      { timeout: 5_000, env: definedOf(environment) },
      (error, stdout) => resolve(error === null && /^\d/.test(stdout)),
    );
  });
}

/**
 * One `docker run` in the foreground: it ends with its signal and leaves nothing behind. The host's network keeps ports and
 * 127.0.0.1 as they are in arguments and configuration, the mounts keep paths. Values of environment variables stay out of the
 * arguments, which any user of the machine can read.
 */
export function dockerCommand(
  description: BackendDescription,
  args: readonly string[],
  { cwd, env, mounts = [] }: CommandOptions,
  environment: Environment,
): BackendCommand {
  const { uid, gid } = userInfo();
  return {
    file: 'docker',
    args: [
      ...['run', '--rm', '--network', 'host', '--workdir', cwd],
      ...(uid >= 0 ? ['--user', `${uid}:${gid}`] : []),
      ...[...new Set([cwd, ...mounts])].flatMap((path) => ['--volume', `${path}:${path}`]),
      ...Object.keys(env)
        .filter((name) => !isOfTheClient(name))
        .flatMap((name) => ['--env', name]),
      ...(description.entrypoint === undefined ? [] : ['--entrypoint', description.entrypoint]),
      description.image,
      ...args,
    ],
    env: { ...env, ...clientEnvironment(environment) },
  };
}

/** What the Docker client itself needs, and what must not be forced onto the container. */
function isOfTheClient(name: string): boolean {
  return ['PATH', 'HOME', 'USER', 'TMPDIR'].includes(name) || name.startsWith('DOCKER_');
}

function clientEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(definedOf(environment)).filter(([name]) => isOfTheClient(name)));
}

function definedOf(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
