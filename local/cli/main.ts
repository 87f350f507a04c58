import { join } from 'node:path';
import { alreadyRunning } from '../cloud/already-running';
import { startCloud } from '../cloud/cloud';
import type { Cloud } from '../cloud/contracts';
import { formatTable, partsOf, urlsOf } from '../cloud/describe-cloud';
import { leaveProxies } from './leave-proxies';
import { assertPortsFree, type Ports, PortUnusable, readPorts } from './ports';
import { runSls, type SlsRun } from './sls';

/**
 * `npm start`: the local cloud in the foreground, `sls deploy --stage local` against it, then it stays up for the other verbs
 * until Ctrl-C. Exits 0 after Ctrl-C, 1 when the deploy fails or a port is taken; nothing is left running either way.
 */
async function main(): Promise<number> {
  leaveProxies();
  const root = join(__dirname, '..', '..');
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-west-1';
  const ports = readPorts(process.env);
  const other = await alreadyRunning(ports.LOCAL_PORT);
  if (other !== undefined) throw new PortUnusable(other);
  await assertPortsFree(ports);
  const cloud = await startCloud({
    port: ports.LOCAL_PORT,
    directory: join(root, '.local'),
    region,
    grafana: { port: ports.LOCAL_GRAFANA_PORT },
  });
  const stopped = new StopSignal();
  let deploy: SlsRun | undefined;
  try {
    process.stdout.write(
      `Local cloud at ${cloud.endpoint} (journal: ${cloud.kernel.journalFile})\nWatch it: ${cloud.endpoint}/\n`,
    );
    deploy = runSls(['deploy'], { root, ports, region });
    const code = await Promise.race([deploy.exited, stopped.promise.then(() => 0)]);
    if (stopped.wasHit) return 0;
    if (code !== 0) {
      process.stderr.write(
        `\nThe deploy failed (exit code ${code}). What was called is in ${cloud.kernel.journalFile}\n`,
      );
      return 1;
    }
    process.stdout.write(describe(cloud, ports));
    await stopped.promise;
    return 0;
  } finally {
    deploy?.process.kill('SIGTERM');
    process.stdout.write('\nStopping the local cloud …\n');
    await cloud.close();
    await deploy?.exited;
  }
}

/** How long a repeated signal is taken for the same one: npm and tsx pass on what the terminal has already sent to everybody. */
const sameSignalMs = 2000;

/** Ctrl-C and SIGTERM, once for all; a second Ctrl-C, later, ends the process at once. */
class StopSignal {
  wasHit = false;
  readonly promise = new Promise<void>((resolve) => {
    let hitAt = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.wasHit && performance.now() - hitAt > sameSignalMs) process.exit(130);
        if (this.wasHit) return;
        this.wasHit = true;
        hitAt = performance.now();
        resolve();
      });
    }
  });
}

function describe(cloud: Cloud, ports: Ports): string {
  const parts = partsOf(cloud).map(({ part, answeredBy, kind }) => [part, kind, answeredBy]);
  const prefix = ports.LOCAL_PORT === 4510 ? '' : `LOCAL_PORT=${ports.LOCAL_PORT} `;
  // The deploy has ended with an empty line.
  return [
    formatTable(urlsOf(cloud).map(({ name, url }) => [name, url])),
    '',
    formatTable([['what', 'is', 'answered by'], ...parts]),
    '',
    `Up. In another terminal: ${prefix}npx sls invoke -f tester --stage local · setup · info · report · remove. Ctrl-C stops everything.`,
    '',
  ].join('\n');
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof PortUnusable ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  },
);
