import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { exitCodes } from '../../plugin/exit-codes';
import { startTestCloud, type TestCloud } from '../helpers/test-cloud';
import { type Run, sls, writeVerbsService } from '../helpers/verbs-service';
import { terminal } from './expected/terminal';
import { type Problems, tryFault } from './support/try-fault';

/** The Serverless CLI as a person runs it, with a stack small enough to deploy in seconds. */
jest.setTimeout(120_000);

let cloud: TestCloud;
let checkouts: readonly Awaited<ReturnType<typeof writeVerbsService>>[];
const WAIT_SECONDS = 6;

beforeAll(async () => {
  cloud = await startTestCloud();
  checkouts = await Promise.all([writeVerbsService(WAIT_SECONDS), writeVerbsService(WAIT_SECONDS)]);
});

afterAll(async () => {
  await cloud?.close();
  await Promise.all((checkouts ?? []).map((checkout) => checkout.remove()));
});

const run = (line: string, checkout = 0, interruptOn?: string): Promise<Run> =>
  sls(checkouts[checkout]?.directory ?? '', line.split(' '), {
    port: cloud.port,
    ...(interruptOn !== undefined && { interruptOn }),
  });

const told = ({ code, stdout, stderr }: Run): string => `exit code ${code}: ${`${stdout}${stderr}`.trim().slice(-400)}`;

it(terminal.twoDeploysOneCheckout.id, () =>
  tryFault(terminal.twoDeploysOneCheckout, async () => {
    const both = await Promise.all([run('deploy'), run('deploy')]);
    const waited = both.filter(({ stdout, stderr }) =>
      `${stdout}${stderr}`.includes('deploys from this checkout: waiting for it.'),
    );
    return [
      ...(waited.length === 1 ? [] : [`${waited.length} said that they wait`]),
      ...both.filter(({ code }) => code !== 0).map(told),
      ...(await notOneStack()),
    ];
  }),
);

it(terminal.twoDeploysTwoCheckouts.id, () =>
  tryFault(terminal.twoDeploysTwoCheckouts, async (note) => {
    const both = await Promise.all([run('deploy', 0), run('deploy', 1)]);
    const refused = both.filter(({ code }) => code !== 0);
    note(`${both.length - refused.length} of 2 deployed`);
    return [
      ...(refused.length < 2 ? [] : ['neither deployed']),
      ...refused
        .filter(({ stdout, stderr }) => !/another (deploy|setup)[\s\S]*(under way|again)/i.test(`${stdout}${stderr}`))
        .map(told),
      ...(await notOneStack()),
    ];
  }),
);

it(terminal.interrupted.id, () =>
  tryFault(terminal.interrupted, async () => {
    const interrupted = await run('setup --drill', 0, '✔ Announce');
    const [, executionArn] =
      /The setup goes on;[\s\S]*npx sls setup --watch (\S+) --stage local/.exec(interrupted.stdout) ?? [];
    if (executionArn === undefined) return [`no command that follows it (${told(interrupted)})`];
    const client = new SFNClient(cloud.client);
    const { status: then } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const watched = await run(`setup --watch ${executionArn}`);
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    client.destroy();
    return [
      ...(interrupted.code === exitCodes.interrupted ? [] : [told(interrupted)]),
      ...(then === 'RUNNING' ? [] : [`it was ${then} right after Ctrl-C`]),
      ...(watched.code === 0 ? [] : [told(watched)]),
      ...(status === 'SUCCEEDED' ? [] : [`the setup ended ${status}`]),
    ];
  }),
);

async function notOneStack(): Promise<Problems> {
  const client = new CloudFormationClient(cloud.client);
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
  client.destroy();
  const stacks = Stacks.map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`);
  return stacks.length === 1 && /^verbs-local (CREATE|UPDATE)_COMPLETE$/.test(stacks[0] ?? '')
    ? []
    : [`stacks: ${stacks.join(', ')}`];
}
