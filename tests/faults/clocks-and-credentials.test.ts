import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startTestCloud } from '../../local/tests/support/test-cloud';
import { startMachineCloud } from '../statemachine/support/machine-cloud';
import { hurryRetries } from '../statemachine/support/scenario';
import { clocks, expiredCredentials } from './expected/clocks-and-credentials';
import { failureOf, notSucceeded, notWhole, withFaultyCloud } from './support/control-plane';
import { type Problems, tryFault } from './support/try-fault';

jest.setTimeout(120_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

const MINUTE = 60_000;

it.each(expiredCredentials)('$id', (fault) =>
  tryFault(fault, () =>
    withFaultyCloud(async ({ cloud, proxy }) => {
      proxy.plant({
        operation: fault.operation,
        effect: { kind: 'error', status: 400, code: fault.code },
        times: Number.POSITIVE_INFINITY,
      });
      const { status: ended, error, history } = await cloud.run('setup');
      const asked = proxy.heal();
      // The failed run's report needs these calls too: each step calls once.
      const most = ['GetExecutionHistory', 'PutObject'].includes(fault.operation) ? 2 : 1;
      return [
        ...(ended === 'FAILED' && error === fault.code ? [] : [`ended ${ended} with ${error}`]),
        ...(asked >= 1 && asked <= most ? [] : [`asked ${asked} times`]),
        ...(history.includes(fault.code) ? [] : ['the history does not name it']),
        ...(await notSucceeded(cloud)),
        ...(await notWhole(cloud)),
      ];
    }),
  ),
);

it.each([
  [clocks.fast.id, clocks.fast, -180],
  [clocks.slow.id, clocks.slow, 180],
] as const)('%s', (_, fault, minutes) =>
  tryFault(fault, async () => {
    const cloud = await startMachineCloud({ now: () => new Date(Date.now() + minutes * MINUTE) });
    try {
      const setup = await notSucceeded(cloud);
      return [...setup, ...(await notWhole(cloud)), ...failureOf(await cloud.run('teardown'))];
    } finally {
      await cloud.close();
    }
  }),
);

interface Refusal {
  readonly name: string;
  readonly $response?: { readonly headers: Readonly<Record<string, string>> };
}

it(clocks.refusals.id, () =>
  tryFault(clocks.refusals, async () => {
    const ahead = 30 * MINUTE;
    const cloud = await startTestCloud({ now: () => new Date(Date.now() + ahead) });
    const client = { ...cloud.client, forcePathStyle: true };
    const protocols = [
      ['S3', 'RequestTimeTooSkewed', 15, () => new S3Client(client), new ListBucketsCommand({})],
      ['JSON', 'InvalidSignatureException', 5, () => new SFNClient(client), new ListStateMachinesCommand({})],
      ['query', 'SignatureDoesNotMatch', 5, () => new STSClient(client), new GetCallerIdentityCommand({})],
      ['EC2', 'RequestExpired', 5, () => new EC2Client(client), new DescribeNetworkInterfacesCommand({})],
    ] as const;
    const problems: string[] = [];
    try {
      for (const [protocol, expected, allowed, connect, command] of protocols) {
        for (const off of [-20, -6, -4, 4, 6, 20]) {
          // A client corrects its clock after the first refusal, so each attempt gets a new client.
          const sdk = connect();
          sdk.config.systemClockOffset = ahead + off * MINUTE;
          const refused = await (sdk as { send(given: unknown): Promise<unknown> }).send(command).then(
            () => undefined,
            (error: Refusal) => error,
          );
          sdk.destroy();
          const wanted = Math.abs(off) > allowed ? expected : undefined;
          if (refused?.name !== wanted) problems.push(`${protocol}, ${off} minutes: ${refused?.name ?? 'taken'}`);
          problems.push(...wrongDate(refused, ahead).map((problem) => `${protocol}: ${problem}`));
        }
      }
    } finally {
      await cloud.close();
    }
    return problems;
  }),
);

function wrongDate(refused: Refusal | undefined, ahead: number): Problems {
  if (refused === undefined) return [];
  const told = Date.parse(refused.$response?.headers['date'] ?? '');
  return Math.abs(told - Date.now() - ahead) < MINUTE ? [] : [`the answer's Date is ${told}`];
}
