import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { leftoversIn } from '../../local/cli/leftovers';
import { exitCodes } from '../../plugin/exit-codes';
import { type Run, told } from '../helpers/verbs-service';
import { terminal } from './expected/terminal';
import type { Lent } from './support/lent';
import { type Problems, tryFault } from './support/try-fault';
import { stages, startWholeStack, type WholeStack } from './support/whole-stack';

/**
 * The whole stack through the Serverless CLI, from the deploy to the removal. Each row continues from the row before.
 */
jest.setTimeout(300_000);

let stack: WholeStack;
/** Files in which a secret was found at any time. */
const leaking = new Set<string>();

beforeAll(async () => {
  stack = await startWholeStack();
});
afterAll(() => stack?.close());

it(terminal.twoStages.id, () =>
  tryFault(terminal.twoStages, async () => {
    const { cloud, run, bucketsOf, notOneOf } = stack;
    const both = await Promise.all(stages.map((stage) => run('deploy', { stage })));
    const problems = (await Promise.all(stages.map(notOneOf))).flat();
    const strange = (await cloud.s3.listBuckets()).filter((bucket) => !stages.flatMap(bucketsOf).includes(bucket));
    const shared = bucketsOf('local').filter((bucket) => bucketsOf('second').includes(bucket));
    const removed = await run('remove', { stage: 'second' });
    return [
      ...failed(...both),
      ...problems,
      ...strange.map((bucket) => `${bucket} is of neither stage`),
      ...shared.map((bucket) => `${bucket} is of both stages`),
      ...failed(removed),
    ];
  }),
);

it(terminal.killed.id, () =>
  tryFault(terminal.killed, async () => {
    const { run, statusOf } = stack;
    const held = holdSetup();
    const killed = await run('setup', {
      onOutput: (stdout, child) => void (stdout.includes('✔ OpenAccess') && child.kill('SIGKILL')),
    });
    const executionArn = await stack.newestSetup();
    const then = await statusOf(executionArn);
    const watched = await run(`setup --watch ${executionArn}`, { onOutput: held.release });
    const status = await statusOf(executionArn);
    const isLocked = await stack.lockIsLeft();
    const next = await run('setup');
    return [
      ...(killed.code === null ? [] : [`not killed: ${told(killed)}`]),
      ...(then === 'RUNNING' ? [] : [`the setup was ${then} when who watched it had been killed`]),
      ...failed(watched, next),
      ...(/✔ PublishReport[\s\S]*setup succeeded/.test(watched.stdout)
        ? []
        : [`not shown to its end: ${told(watched)}`]),
      ...(status === 'SUCCEEDED' ? [] : [`the setup ended ${status}`]),
      ...(isLocked ? ['a lock is left'] : []),
    ];
  }),
);

it(terminal.removeDuringSetup.id, () =>
  tryFault(terminal.removeDuringSetup, async () => {
    const held = holdSetup();
    const setup = stack.run('setup');
    await Promise.race([held.reached, setup]);
    const before = await standing();
    const removed = await stack.run('remove');
    const after = await standing();
    held.release();
    return [
      ...notRefused(removed),
      ...(after === before ? [] : [`there was ${before}, then ${after}`]),
      ...failed(await setup),
    ];
  }),
);

it(terminal.lentCredentials.id, () =>
  tryFault(terminal.lentCredentials, async (note) => {
    const { cloud, lent, node, run } = stack;
    const before = [...lent];
    await node.jump(7 * 3_600_000);
    const lasting = before.filter(({ credentials }) => credentials.expiration > cloud.kernel.now());
    const refusal = await callWith(before.at(-1));
    const ended = [await run('setup'), await run('invoke -f tester')];
    const since = lent.slice(before.length);
    note(`${before.length} had expired, ${since.length} were lent since; the clocks of all processes jumped`);
    const holders = [/-TesterRole-/, /-DataProcessorTaskRole-/, /-GrafanaWorkspaceRole-/];
    const without = (some: readonly Lent[]) =>
      holders.filter((holder) => !some.some(({ principal }) => holder.test(principal.arn)));
    return [
      ...without(before).map((holder) => `nothing had been lent to ${holder}`),
      ...lasting.map(({ principal }) => `${principal.arn} has credentials that last`),
      ...(refusal === 'ExpiredToken' ? [] : [`what was lent before is answered ${refusal}`]),
      ...failed(...ended),
      ...without(since).map((holder) => `nothing new was lent to ${holder}`),
    ];
  }),
);

it(terminal.setupDuringRemove.id, () =>
  tryFault(terminal.setupDuringRemove, async () => {
    await lookForSecrets();
    const held = stack.functions.hold('grafana-observability-local-checkDeletion');
    const removing = stack.run('remove');
    await Promise.race([held.reached, removing]);
    const setup = await stack.run('setup');
    held.release();
    const removed = await removing;
    const left = await leftoversIn(stack.cloud);
    return [...notRefused(setup), ...failed(removed), ...left.map((name) => `left: ${name}`)];
  }),
);

it(terminal.secrets.id, () =>
  tryFault(terminal.secrets, async (note) => {
    const { checkout, cloud, lent, tokens } = stack;
    note(`${tokens.length} tokens, ${lent.length} keys`);
    const planted = [join(cloud.directory, 'planted', 'log.txt'), join(checkout.temporary, 'planted.log')] as const;
    await mkdir(join(cloud.directory, 'planted'));
    await writeFile(planted[0], `token ${tokens[0]}\n`);
    await writeFile(planted[1], `key=${lent.at(-1)?.credentials.secretAccessKey}\n`);
    const found = await stack.filesWithSecrets();
    await Promise.all(planted.map((file) => rm(file)));
    await lookForSecrets();
    return [
      ...(tokens.length >= 5 && tokens.every((token) => token.length > 20) ? [] : ['no tokens seen']),
      ...planted.filter((file) => !found.includes(file)).map((file) => `the secret in ${file} was not found`),
      ...[...leaking].map((file) => `a secret is in ${file}`),
    ];
  }),
);

/** A removal deletes files, so the search is repeated. */
async function lookForSecrets(): Promise<void> {
  for (const file of await stack.filesWithSecrets()) leaking.add(file);
}

/** Holds the setup at this function, in the middle of its work, until the release. */
const holdSetup = () => stack.functions.hold('grafana-observability-local-installPlugins');

const failed = (...runs: readonly Run[]): Problems => runs.filter(({ code }) => code !== 0).map(told);

/** Exit code 2 with the reason and the remedy. */
function notRefused(run: Run): Problems {
  const isSaid = /SetupAlreadyRunning[\s\S]*Wait until it has ended/.test(run.stdout);
  return run.code === exitCodes.executionFailed && isSaid ? [] : [told(run)];
}

/** Everything in the cloud except functions' processes, which come and go. */
const standing = async (): Promise<string> =>
  (await leftoversIn(stack.cloud)).filter((name) => !name.startsWith('function ')).join(', ');

/** The cloud's caller identity for these credentials, or its error. */
async function callWith(old: Lent | undefined): Promise<string> {
  if (old === undefined) return 'not at all: nothing was lent';
  const client = new STSClient({ ...stack.cloud.client, credentials: old.credentials });
  try {
    return (await client.send(new GetCallerIdentityCommand({}))).Arn ?? '';
  } catch (error) {
    return (error as Error).name;
  } finally {
    client.destroy();
  }
}
