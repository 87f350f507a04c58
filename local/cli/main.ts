import { join, relative } from 'node:path';
import { alreadyRunning } from '../cloud/already-running';
import { startCloud } from '../cloud/cloud';
import type { Cloud } from '../cloud/contracts';
import { formatTable, partsOf, urlsOf } from '../cloud/describe-cloud';
import { closeProcessRecord, endLeftProcesses, openProcessRecord } from '../kernel/process-record';
import { leaveProxies } from './leave-proxies';
import { whenNpmHasEnded } from './npm-has-ended';
import { assertPortsFree, type Ports, PortUnusable, portSettings, readPorts } from './ports';
import { runSls, type SlsRun } from './sls';

/**
 * `npm start`: runs the local cloud in the foreground and `sls deploy --stage local` against it. It then stays up for
 * other commands until Ctrl-C. Exits 0 after Ctrl-C, 1 when the deploy fails or a port is taken; nothing is left
 * running either way.
 */
async function main(): Promise<number> {
  leaveProxies();
  const root = join(__dirname, '..', '..');
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-west-1';
  const ports = readPorts(process.env);
  const other = await alreadyRunning(ports.LOCAL_PORT);
  if (other !== undefined) throw new PortUnusable(other);
  const state = join(root, '.local');
  // Before the check of the ports: a process that was left over may listen on them.
  for (const sentence of await endLeftProcesses(state)) process.stdout.write(`${sentence}\n`);
  await assertPortsFree(ports);
  openProcessRecord(state);
  const cloud = await startCloud({
    port: ports.LOCAL_PORT,
    directory: state,
    region,
    grafana: { port: ports.LOCAL_GRAFANA_PORT },
  });
  const stopped = new StopSignal();
  whenNpmHasEnded(() => {
    process.stdout.write('\nThe npm that started this has ended.\n');
    stopped.hit();
  });
  let deploy: SlsRun | undefined;
  try {
    process.stdout.write(
      `Local cloud at ${cloud.endpoint} (journal: ${relative(process.cwd(), cloud.kernel.journalFile)})\nWatch it: ${cloud.endpoint}/\n`,
    );
    deploy = runSls(['deploy'], { root, ports, region });
    const code = await Promise.race([deploy.exited, stopped.promise.then(() => 0)]);
    if (stopped.wasHit) return 0;
    if (code !== 0) {
      process.stderr.write(
        `\nThe deploy failed (exit code ${code}). The AWS calls are in ${cloud.kernel.journalFile}\n`,
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
    closeProcessRecord();
  }
}

/**
 * Milliseconds in which a repeated signal counts as the same one. The terminal signals the whole group, and npm and tsx
 * repeat it.
 */
const sameSignalMs = 2000;

/** Resolves once on Ctrl-C, SIGTERM or SIGHUP; a second Ctrl-C after `sameSignalMs` ends the process at once. */
class StopSignal {
  wasHit = false;
  private hitAt = 0;
  private readonly resolvers = Promise.withResolvers<void>();
  readonly promise = this.resolvers.promise;

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (this.wasHit && performance.now() - this.hitAt > sameSignalMs) process.exit(130);
        this.hit();
      });
    }
  }

  hit(): void {
    if (this.wasHit) return;
    this.wasHit = true;
    this.hitAt = performance.now();
    this.resolvers.resolve();
  }
}

function describe(cloud: Cloud, ports: Ports): string {
  const parts = partsOf(cloud).map(({ part, answeredBy, kind }) => [part, kind, answeredBy]);
  // The deploy's output ends with an empty line.
  return [
    formatTable(urlsOf(cloud).map(({ name, url }) => [name, url])),
    '',
    formatTable([['what', 'is', 'answered by'], ...parts]),
    '',
    'Up. In another terminal, for example:',
    `  ${portsToSet(ports)}npx sls invoke -f tester --stage local`,
    'The same with setup, info, report or remove. Ctrl-C stops everything.',
    '',
  ].join('\n');
}

/** The variables that another terminal must set, too: those that differ from their default. */
function portsToSet(ports: Ports): string {
  return portSettings
    .filter((setting) => ports[setting.variable] !== setting.default)
    .map(({ variable }) => `${variable}=${ports[variable]} `)
    .join('');
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof PortUnusable ? error.message : (error as Error).stack}\n`);
    process.exit(1);
  },
);
