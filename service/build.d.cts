import type { Metafile } from 'esbuild';

export interface BuildOptions {
  /** Where the bundle is written. */
  readonly outfile: string;
  /** Another entry than service/main.ts, for benchmarks. */
  readonly entry?: string;
  /** Return esbuild's account of what the bundle is made of. */
  readonly metafile?: boolean;
}

/** Bundles the service into one CommonJS file for Node 24. */
export function buildService(options: BuildOptions): Promise<Metafile | undefined>;
