import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDirectory } from '../aws/identity';
import { startCloud } from '../cloud/cloud';
import type { Cloud } from '../cloud/contracts';
import { closeProcessRecord, endLeftProcesses, openProcessRecord } from '../kernel/process-record';
import { descendantsOf } from './descendants';
import { accessOptions, accessProblems, wantedAccess } from './granted-access';
import { leaveProxies } from './leave-proxies';
import { leftoversIn } from './leftovers';
import { whenNpmHasEnded } from './npm-has-ended';
import { findFreePorts, isFree, type Ports } from './ports';
import { changedSteps, setupFailure } from './setup-outcomes';
import { runSls, type SlsRun } from './sls';

interface StepResult {
  readonly step: string;
  readonly seconds: number;
  /** Empty when the step passed. */
  readonly problems: readonly string[];
}

/**
 * `npm run rehearse`: the stack's whole life cycle on free ports. Deploys with access for users of Identity Center and
 * by SAML; runs the tester, its log and info; runs setup again, which must change nothing; writes the report; removes,
 * which must leave nothing. Exit code 0 when every step passes, 1 otherwise, 130 after Ctrl-C.
 */
async function rehearse(): Promise<number> {
  leaveProxies();
  const root = join(__dirname, '..', '..');
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-west-1';
  const ports = await findFreePorts();
  // An organization with Identity Center, so that access can be assigned and read back.
  const people = createDirectory();
  const access = wantedAccess(people);
  const directory = join(root, '.local');
  for (const sentence of await endLeftProcesses(directory)) process.stdout.write(`${sentence}\n`);
  openProcessRecord(directory);
  // The TypeScript loader runs in a process of its own, which ends with this one.
  const before = new Set((await descendantsOf(process.pid)).map(({ pid }) => pid));
  const cloud = await startCloud({
    port: ports.LOCAL_PORT,
    directory,
    region,
    grafana: { port: ports.LOCAL_GRAFANA_PORT, directory: people },
  });
  process.stdout.write(`Rehearsal on ${cloud.endpoint} (journal: ${cloud.kernel.journalFile})\n`);
  let running: SlsRun | undefined;
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      interrupted = true;
      running?.process.kill('SIGTERM');
    });
  }
  whenNpmHasEnded(() => {
    interrupted = true;
    running?.process.kill('SIGTERM');
  });
  const results: StepResult[] = [];
  const step = async (name: string, run: () => Promise<readonly string[]>, always = false) => {
    if (interrupted || (!always && results.some(({ problems }) => problems.length > 0))) return;
    process.stdout.write(`\n── ${name}\n`);
    const started = performance.now();
    const problems = await run().catch((error: unknown) => [String(error)]);
    results.push({ step: name, problems, seconds: Math.round((performance.now() - started) / 100) / 10 });
  };
  const sls = async (...args: string[]) => {
    running = runSls(args, { root, ports, region });
    const code = await running.exited;
    running = undefined;
    if (code === 0) return [];
    return [`sls ${args.join(' ')} ended with exit code ${code}`, ...(await setupFailure(cloud))];
  };
  await step('deploy', () => sls('deploy', ...accessOptions(access)));
  await step('access as the parameters say', () => accessProblems(cloud, access));
  await step('tester', () => sls('invoke', '-f', 'tester'));
  await step("the tester's log", () => sls('logs', '-f', 'tester'));
  await step('info', () => sls('info'));
  await step('setup again, everything unchanged', async () => {
    const problems = await sls('setup');
    return problems.length > 0 ? problems : changedSteps(cloud);
  });
  await step('report', () => sls('report', '--no-open', '--output', join(cloud.directory, 'report.html')));
  // Always runs: a failed rehearsal must clean up too.
  await step('remove', () => sls('remove'), true);
  await step(
    'nothing left in the cloud',
    async () => shorten((await leftoversIn(cloud)).map((item) => `left: ${item}`)),
    true,
  );
  const failed = results.some(({ problems }) => problems.length > 0);
  await closeAndCheck(cloud, ports, before, results);
  const succeeded = !interrupted && results.every(({ problems }) => problems.length === 0);
  // The state is kept after a failure, to diagnose it.
  if (succeeded && !failed) await rm(cloud.directory, { recursive: true, force: true });
  process.stdout.write(summary(results, succeeded, interrupted, cloud));
  if (interrupted) return 130;
  return succeeded ? 0 : 1;
}

/** A stack that could not be removed leaves a long list; only its first items are printed. */
function shorten(problems: readonly string[]): readonly string[] {
  const shown = 12;
  return problems.length <= shown ? problems : [...problems.slice(0, shown), `… and ${problems.length - shown} more`];
}

async function closeAndCheck(
  cloud: Cloud,
  ports: Ports,
  before: ReadonlySet<number>,
  results: StepResult[],
): Promise<void> {
  const started = performance.now();
  await cloud.close();
  closeProcessRecord();
  const processes = (await descendantsOf(process.pid))
    .filter(({ pid }) => !before.has(pid))
    .map(({ pid, command }) => `left: process ${pid} (${command})`);
  const taken: string[] = [];
  for (const [variable, port] of Object.entries(ports)) {
    if (!(await isFree(port))) taken.push(`left: port ${port} (${variable})`);
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  results.push({ step: 'no process, no port', problems: [...processes, ...taken], seconds });
}

function summary(results: readonly StepResult[], succeeded: boolean, interrupted: boolean, cloud: Cloud): string {
  const lines = results.flatMap(({ step, seconds, problems }) => [
    `  ${problems.length === 0 ? 'ok    ' : 'FAILED'}  ${step} (${seconds} s)`,
    ...problems.map((problem) => `            ${problem}`),
  ]);
  const verdict = succeeded
    ? 'The rehearsal succeeded.'
    : `The rehearsal ${interrupted ? 'was interrupted' : 'failed'}. Journal and logs: ${cloud.directory}`;
  return ['', ...lines, '', verdict, ''].join('\n');
}

rehearse().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
