import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { exitCodes } from '../../plugin/exit-codes';
import { type Run, type SlsOptions, sls, told, writeVerbsService } from '../helpers/verbs-service';
import { clocks } from './expected/clocks-and-credentials';
import { terminal } from './expected/terminal';
import { type AwsFaultProxy, startAwsFaultProxy } from './support/aws-fault-proxy';
import { type Problems, tryFault } from './support/try-fault';

/** Interruptions at the command line that end the watching of a setup but not the setup. */
jest.setTimeout(120_000);

let cloud: TestCloud;
let proxy: AwsFaultProxy;
let checkout: Awaited<ReturnType<typeof writeVerbsService>>;
let states: SFNClient;
const WAIT_SECONDS = 6;

beforeAll(async () => {
  [cloud, proxy, checkout] = await Promise.all([
    startTestCloud(),
    startAwsFaultProxy(),
    writeVerbsService(WAIT_SECONDS),
  ]);
  proxy.pointAt(cloud.endpoint);
  states = new SFNClient(cloud.client);
  const deployed = await run('deploy');
  if (deployed.code !== 0) throw new Error(told(deployed));
});

afterAll(async () => {
  states?.destroy();
  await proxy?.close();
  await cloud?.close();
  await checkout?.remove();
});

const run = (line: string, options: Partial<SlsOptions> = {}): Promise<Run> =>
  sls(checkout.directory, line.split(' '), { port: cloud.port, ...options });

async function statusOf(executionArn: string): Promise<string | undefined> {
  return (await states.send(new DescribeExecutionCommand({ executionArn }))).status;
}

/**
 * Watching ended with `code` and printed `before`. The setup continued, and the printed command follows it to its end.
 */
async function followedToItsEnd(ended: Run, before: RegExp, code: number): Promise<Problems> {
  const command = new RegExp(`${before.source}[\\s\\S]*npx sls setup --watch (\\S+) --stage local`);
  const executionArn = command.exec(`${ended.stdout}${ended.stderr}`)?.[1];
  if (executionArn === undefined) return [`no command that follows it (${told(ended)})`];
  const then = await statusOf(executionArn);
  const watched = await run(`setup --watch ${executionArn}`);
  const status = await statusOf(executionArn);
  return [
    ...(ended.code === code ? [] : [told(ended)]),
    ...(then === 'RUNNING' ? [] : [`it was ${then} when the watching had ended`]),
    ...(watched.code === 0 ? [] : [told(watched)]),
    ...(status === 'SUCCEEDED' ? [] : [`the setup ended ${status}`]),
  ];
}

it(terminal.interrupted.id, () =>
  tryFault(terminal.interrupted, async () => {
    const interrupted = await run('setup --drill', { interruptOn: '✔ Announce' });
    return followedToItsEnd(interrupted, /The setup goes on;/, exitCodes.interrupted);
  }),
);

it(clocks.watched.id, () =>
  tryFault(clocks.watched, async (note) => {
    let planted = false;
    const lost = await run('setup --drill', {
      port: Number(new URL(proxy.url).port),
      onOutput: (stdout) => {
        if (planted || !stdout.includes('✔ Announce')) return;
        planted = true;
        proxy.plant({
          operation: 'GetExecutionHistory',
          effect: { kind: 'error', status: 400, code: 'ExpiredTokenException' },
          times: Number.POSITIVE_INFINITY,
        });
      },
    });
    note(`asked ${proxy.heal()} times with them`);
    // The framework prints an error's message, not its name. Only LostSight has this exit code.
    return followedToItsEnd(lost, /The setup goes on\./, exitCodes.lostSight);
  }),
);
