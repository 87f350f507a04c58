import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { leftoversIn } from '../../local/cli/leftovers';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { type Run, sls, told, writeVerbsService } from '../helpers/verbs-service';
import { terminal } from './expected/terminal';
import { stackGate } from './support/stack-gate';
import { type Problems, tryFault } from './support/try-fault';

/** The Serverless CLI as a person runs it, with a stack that deploys in seconds. */
jest.setTimeout(120_000);

let cloud: TestCloud;
let checkouts: readonly Awaited<ReturnType<typeof writeVerbsService>>[];
const gate = stackGate();

beforeAll(async () => {
  cloud = await startTestCloud();
  cloud.kernel.register(gate.module);
  // The templates differ, because the framework skips a deploy without changes.
  checkouts = await Promise.all([writeVerbsService(1, [gate.resource]), writeVerbsService(2, [gate.resource])]);
});

afterAll(async () => {
  await cloud?.close();
  await Promise.all((checkouts ?? []).map((checkout) => checkout.remove()));
});

const run = (line: string, checkout = 0): Promise<Run> =>
  sls(checkouts[checkout]?.directory ?? '', line.split(' '), { port: cloud.port });

it(terminal.twoDeploysOneCheckout.id, () =>
  tryFault(terminal.twoDeploysOneCheckout, async () => {
    const both = await Promise.all([run('deploy'), run('deploy')]);
    const waited = both.filter(({ stdout, stderr }) =>
      /deploys from this checkout and holds .*: waiting for it/.test(`${stdout}${stderr}`),
    );
    return [
      ...(waited.length === 1 ? [] : [`${waited.length} said that they wait`]),
      ...both.filter(({ code }) => code !== 0).map(told),
      ...notOneOfEverything(),
    ];
  }),
);

it(terminal.twoDeploysTwoCheckouts.id, () =>
  tryFault(terminal.twoDeploysTwoCheckouts, async (note) => {
    const removed = await run('remove');
    if (removed.code !== 0) return [`not removed before: ${told(removed)}`];
    const from = journal().length;
    const asked = () => journal().slice(from).filter(isStackChange);
    const held = gate.hold();
    const first = run('deploy', 0);
    await Promise.race([held.reached, first]);
    // First the stack with only the bucket, then the whole stack. A journal line is written when its call is answered.
    await Promise.race([until(() => asked().length === 2), first]);
    const whileFirst = asked().length;
    const second = run('deploy', 1);
    // The first deploy is held until the second has requested a change too, or has ended without one.
    const before = await Promise.race([second.then(() => 'ended'), until(() => asked().length > whileFirst)]);
    const inBetween = status();
    held.release();
    const both = await Promise.all([first, second]);
    const refused = both.filter(({ code }) => code !== 0);
    note(
      `${both.length - refused.length} of 2 deployed; the second ${before ?? 'asked for a change of the stack'} in the middle of the first`,
    );
    return [
      ...(whileFirst === 2 ? [] : ['the first had not asked for its stack when the second came']),
      ...(/^(CREATE|UPDATE)_IN_PROGRESS$/.test(inBetween ?? '')
        ? []
        : [`the stack was ${inBetween} when the second came`]),
      ...(refused.length < 2 ? [] : ['neither deployed']),
      ...refused
        .filter(({ stdout, stderr }) => !/another (deploy|setup)[\s\S]*(under way|again)/i.test(`${stdout}${stderr}`))
        .map(told),
      ...notOneOfEverything(),
    ];
  }),
);

it(terminal.deployInterruptedPackaging.id, () =>
  tryFault(terminal.deployInterruptedPackaging, () =>
    interrupted(async (child) => {
      const owner = join(checkouts[0]?.directory ?? '', '.packaging.lock.owner');
      await until(() => existsSync(owner) && readFileSync(owner, 'utf8').includes(`process ${child.pid},`));
      child.kill('SIGINT');
    }),
  ),
);

it(terminal.deployInterruptedStack.id, () =>
  tryFault(terminal.deployInterruptedStack, async () => {
    const removed = await run('remove');
    if (removed.code !== 0) return [`not removed before: ${told(removed)}`];
    const held = gate.hold();
    const problems = await interrupted(
      async (child) => {
        await held.reached;
        child.kill('SIGINT');
      },
      async () => {
        held.release();
        await until(() => /^(CREATE|UPDATE)_COMPLETE$/.test(status() ?? ''));
      },
    );
    return problems;
  }),
);

it(terminal.deployDuringRemove.id, () =>
  tryFault(terminal.deployDuringRemove, async () => {
    const held = gate.hold();
    const removing = run('remove');
    await Promise.race([held.reached, removing]);
    const before = status();
    const deployed = await run('deploy', 1);
    const after = status();
    held.release();
    const removed = await removing;
    const left = await leftoversIn(cloud);
    return [
      ...(before === 'DELETE_IN_PROGRESS' && after === before ? [] : [`the stack was ${before}, then ${after}`]),
      ...(deployed.code !== 0 && `${deployed.stdout}${deployed.stderr}`.includes('DELETE_IN_PROGRESS')
        ? []
        : [told(deployed)]),
      ...(removed.code === 0 ? [] : [told(removed)]),
      ...left.map((name) => `left: ${name}`),
    ];
  }),
);

/** An interrupted deploy, what it leaves, and the next deploy. */
async function interrupted(
  interrupt: (child: ChildProcess) => Promise<void>,
  before: () => Promise<void> = async () => undefined,
): Promise<Problems> {
  let pid = 0;
  let at = 0;
  const { promise: sent, resolve, reject } = Promise.withResolvers<void>();
  const running = sls(checkouts[0]?.directory ?? '', ['deploy'], {
    port: cloud.port,
    onStart: (child) => {
      pid = child.pid ?? 0;
      interrupt(child).then(() => {
        at = performance.now();
        resolve();
      }, reject);
    },
  });
  await sent;
  const stopped = await running;
  const seconds = (performance.now() - at) / 1000;
  const children = await aliveBelow(pid);
  await before();
  const next = await run('deploy');
  return [
    ...(stopped.code === 0 ? ['it ended with exit code 0'] : []),
    ...(seconds < 5 ? [] : [`it ended ${seconds.toFixed(1)} s after Ctrl-C`]),
    ...children.map((line) => `left running: ${line}`),
    ...(next.code === 0 ? [] : [`the next: ${told(next)}`]),
    ...(`${next.stdout}${next.stderr}`.includes('waiting for it') ? ['the next waited'] : []),
    ...notOneOfEverything(),
  ];
}

async function aliveBelow(parent: number): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args=']);
  const directory = checkouts[0]?.directory ?? 'none';
  return stdout
    .split('\n')
    .filter((line) => new RegExp(`^\\s*(${parent}\\s|\\d+\\s+${parent}\\s)`).test(line) || line.includes(directory))
    .filter((line) => !/^\s*\d+\s+\d+\s+Z/.test(line));
}

/** Status of the newest stack, deleted ones included. */
function status(): string | undefined {
  return cloud.cloudFormation.stacks.all().findLast(({ name }) => name === 'verbs-local')?.status;
}

function notOneOfEverything(): Problems {
  const stacks = cloud.cloudFormation.stacks.active().map(({ name, status: now }) => `${name} ${now}`);
  const resources = cloud.cloudFormation.stacks.active().flatMap(({ resources }) => [...resources.values()]);
  const roles = cloud.kernel.roles.list().filter(({ path }) => !path.startsWith('/aws-service-role/'));
  const stackRoles = resources.filter(({ template }) => template.type === 'AWS::IAM::Role');
  return [
    ...(stacks.length === 1 && /^verbs-local (CREATE|UPDATE)_COMPLETE$/.test(stacks[0] ?? '')
      ? []
      : [`stacks: ${stacks.join(', ')}`]),
    ...(roles.length === stackRoles.length ? [] : [`${roles.length} roles, ${stackRoles.length} of them the stack's`]),
  ];
}

const isStackChange = ({ operation }: { readonly operation: string }) => /^(Create|Update)Stack$/.test(operation);

function journal(): readonly { readonly operation: string }[] {
  return readFileSync(cloud.kernel.journalFile, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { operation: string });
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
