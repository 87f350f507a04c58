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
 * One `docker run` in the foreground: a signal to it ends the container, which is then removed. With the host's network
 * and mounts at the same paths, ports and paths in arguments and configuration need no change. Values of environment
 * variables are not in the arguments, because any user of the machine can read those.
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

/** Variables that the Docker client needs itself and that the container must not get. */
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
