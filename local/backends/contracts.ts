/** What the local cloud asks of its engines: local/backends resolves a name, the local ECS (and S3, AMP, AMG) start it. */
export type BackendName = 'loki' | 'tempo' | 'prometheus' | 'grafana' | 's3';

export interface BackendCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ResolvedBackend {
  readonly name: BackendName;
  readonly kind: 'binary' | 'cache' | 'docker' | 'stand-in';
  /** For the table in the terminal: `Loki 3.7.8 (binary, ~/.cache/…)`, `Loki stand-in`. */
  readonly label: string;
  /** The process to start for these arguments, working directory and environment: same arguments whatever the kind. */
  command(args: readonly string[], options: { cwd: string; env: Readonly<Record<string, string>> }): BackendCommand;
}
