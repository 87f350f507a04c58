/**
 * npm run backends [-- loki tempo prometheus grafana s3] [--from release|module]
 * Fills the per-user cache with the real engines. Exit code 1 when a named engine could not be installed. Without
 * names, missing engines are only printed, and the exit code is 1 only when none could be installed.
 */
import { type BackendName, backends } from '../local/engines';
import { cacheDirectory } from '../local/engines/cache';
import { installBackend, type Way } from '../local/engines/install';
import { InstallFailed } from '../local/engines/install/errors';
import { createProgress } from '../local/engines/install/progress';

async function main(words: readonly string[]): Promise<number> {
  const from = words.indexOf('--from');
  const way = from < 0 ? undefined : words[from + 1];
  if (way !== undefined && way !== 'release' && way !== 'module')
    return usage(`--from may be release or module, not "${way}"`);
  const names = words.filter((word, index) => word !== '--from' && !(from >= 0 && index === from + 1));
  const unknown = names.filter((name) => !Object.hasOwn(backends, name));
  if (unknown.length > 0) return usage(`there is no engine "${unknown.join('", "')}"`);

  const cache = cacheDirectory(process.env);
  const wanted = (names.length > 0 ? names : Object.keys(backends)) as BackendName[];
  const ways: readonly Way[] | undefined = way === undefined ? undefined : [way];
  const missing: string[] = [];
  for (const name of wanted) {
    const { title, version } = backends[name];
    const progress = createProgress(`${title} ${version}`, process.stdout);
    try {
      const outcome = await installBackend(backends[name], { cache, progress, ...(ways && { ways }) });
      if (outcome === 'present') progress.report('is there already');
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      progress.report(error instanceof InstallFailed ? error.message : `${error.name}: ${error.message}`);
      missing.push(title);
    }
  }
  const hasSome = missing.length < wanted.length;
  if (missing.length > 0)
    process.stdout.write(`Missing: ${missing.join(', ')}. The local cloud has stand-ins for them.\n`);
  return missing.length === 0 || (names.length === 0 && hasSome) ? 0 : 1;
}

function usage(problem: string): number {
  process.stderr.write(
    `${problem}.\nUsage: npm run backends [-- ${Object.keys(backends).join(' ')}] [--from release|module]\n`,
  );
  return 2;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`backends: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
