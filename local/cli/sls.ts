import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { recordProcess } from '../kernel/process-record';
import type { Ports } from './ports';

export interface SlsRun {
  readonly process: ChildProcess;
  /** The exit code; 128 for every signal. */
  readonly exited: Promise<number>;
  /** Standard output, when it was captured. */
  readonly output: () => string;
}

/** Runs this repository's unmodified Serverless CLI at the local stage. Output goes to the terminal, or is captured. */
export function runSls(
  args: readonly string[],
  options: { readonly root: string; readonly ports: Ports; readonly region: string; readonly capture?: boolean },
): SlsRun {
  const bin = join(options.root, 'node_modules', '.bin');
  const capture = options.capture === true;
  const child = spawn(join(bin, 'sls'), [...args, '--stage', 'local'], {
    cwd: options.root,
    stdio: ['inherit', capture ? 'pipe' : 'inherit', 'inherit'],
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(options.ports).map(([name, port]) => [name, String(port)])),
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      AWS_REGION: options.region,
      // Serverless polls CloudFormation's events every 5 s by default, too slow for stacks that finish in seconds.
      SLS_AWS_MONITORING_FREQUENCY: '500',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(options.root, 'node_modules', '.cache', 'compiled'),
    },
  });
  recordProcess(child, `sls ${args[0]}`);
  const pieces: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    pieces.push(piece);
    process.stdout.write(piece);
  });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
  return { process: child, exited, output: () => pieces.join('') };
}
