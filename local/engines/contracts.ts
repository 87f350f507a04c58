/**
 * What the local cloud asks of its engines: local/engines resolves a name, the local ECS (and S3, AMP, AMG) start it.
 */
export type BackendName = 'loki' | 'tempo' | 'prometheus' | 'otelcol' | 'grafana' | 's3';

export interface BackendCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface CommandOptions {
  /** The task's directory. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /**
   * Directories outside `cwd` that the process reads or writes (its volumes): a container gets them at the same paths.
   */
  readonly mounts?: readonly string[];
}

export interface ResolvedBackend {
  readonly name: BackendName;
  readonly kind: 'binary' | 'cache' | 'docker' | 'stand-in';
  /** Text for the table in the terminal: `Loki 3.7.8 (binary, ~/.cache/…)`, `Loki stand-in`. */
  readonly label: string;
  /** What was skipped in the search and why, e.g. a binary of another major version. */
  readonly notes: readonly string[];
  /**
   * The process to start for these arguments, working directory and environment. The arguments are the same for every
   * kind. The stand-ins of S3 and Grafana live in the local cloud's own process: for those this throws
   * BackendHasNoProcess.
   */
  command(args: readonly string[], options: CommandOptions): BackendCommand;
}
