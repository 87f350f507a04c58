import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BackendDescription } from './catalogue';
import type { BackendCommand } from './contracts';
import { BackendHasNoProcess } from './errors';

const programs = ['loki', 'tempo', 'prometheus', 'otelcol'];
const directory = join(__dirname, 'stand-ins');

/** The command that runs the stand-in's TypeScript with this Node; it works in any working directory. */
export function standInCommand(
  { name, title }: BackendDescription,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): BackendCommand {
  if (!programs.includes(name)) {
    throw new BackendHasNoProcess(`The stand-in of ${title} runs inside the local cloud, not as a process.`);
  }
  const tsx = createRequire(join(directory, 'x.js')).resolve('tsx/cjs');
  return { file: process.execPath, args: ['--require', tsx, join(directory, name, 'main.ts'), ...args], env };
}
