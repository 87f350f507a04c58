/**
 * Translates the addresses, ports and paths in a task definition into those of this machine. On Fargate a task's
 * containers share an address and volumes; here each is a process with its own port and directory
 * (docs/architecture.md, "how a task becomes processes").
 */
export interface Surroundings {
  /** containerPort of any container of the task → free port of 127.0.0.1. */
  readonly ports: ReadonlyMap<number, number>;
  /** The mount points of this container. */
  readonly mounts: readonly { readonly containerPath: string; readonly directory: string }[];
}

/** `PORT` and `…_PORT` with a containerPort as value, addresses and paths. */
export function translateVariable(name: string, value: string, surroundings: Surroundings): string {
  if (name === 'PORT' || name.endsWith('_PORT')) {
    const port = surroundings.ports.get(Number(value));
    if (port !== undefined) return String(port);
  }
  return translatePath(translateAddresses(value, surroundings), surroundings);
}

/** An argument: the whole of it, or what follows the `=` of a flag. */
export function translateArgument(argument: string, surroundings: Surroundings): string {
  const translated = translateAddresses(argument, surroundings);
  const flag = /^(-{1,2}[\w.-]+=)(.*)$/s.exec(translated);
  if (flag === null) return translatePath(translated, surroundings);
  return `${flag[1]}${translatePath(flag[2] ?? '', surroundings)}`;
}

function translateAddresses(text: string, { ports }: Surroundings): string {
  const port = (given: string) => String(ports.get(Number(given)) ?? given);
  return text
    .replace(/(?<![\w.])(localhost|127\.0\.0\.1|0\.0\.0\.0):(\d+)(?!\d)/g, (_all, host: string, given: string) =>
      host === '0.0.0.0' ? `127.0.0.1:${port(given)}` : `${host}:${port(given)}`,
    )
    .replace(/(?<=^|=):(\d+)$/, (_all, given: string) => `:${port(given)}`)
    .replace(/(?<![\d.])0\.0\.0\.0(?![\d.])/g, '127.0.0.1');
}

function translatePath(text: string, { mounts }: Surroundings): string {
  const longestFirst = [...mounts].sort((a, b) => b.containerPath.length - a.containerPath.length);
  for (const { containerPath, directory } of longestFirst) {
    if (text === containerPath) return directory;
    if (text.startsWith(`${containerPath}/`)) return directory + text.slice(containerPath.length);
  }
  return text;
}
