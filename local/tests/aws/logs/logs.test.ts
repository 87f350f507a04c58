import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandOutput,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type ControlPlane, startControlPlane } from '../../kernel/support/control-plane';

let plane: ControlPlane;
let logs: CloudWatchLogsClient;
const logGroupName = '/ecs/stack/app';
beforeAll(async () => {
  plane = await startControlPlane();
  logs = new CloudWatchLogsClient(plane.client);
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const now = Date.now();
  for (const logStreamName of ['task/1', 'task/2']) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = ['INFO started', 'ERROR lost connection', 'INFO stopped'].map((message, index) => ({
      timestamp: now + index,
      message: `${message} ${logStreamName}`,
    }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
});
afterAll(async () => {
  logs.destroy();
  await plane.close();
});

it.each([
  ['', 6],
  ['ERROR', 2],
  ['INFO -started', 2],
  ['"lost connection"', 2],
  ['?started ?stopped', 4],
  ['nothing', 0],
])('FilterLogEvents with the pattern %j finds %i events', async (filterPattern, count) => {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern }));
  expect(events).toHaveLength(count);
});

it('FilterLogEvents returns all pages in order of time', async () => {
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page: FilterLogEventsCommandOutput = await logs.send(
      new FilterLogEventsCommand({ logGroupName, limit: 4, nextToken }),
    );
    messages.push(...(page.events ?? []).map(({ message = '' }) => message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  expect(messages).toHaveLength(6);
  expect(messages.slice(0, 2).every((message) => message.startsWith('INFO started'))).toBe(true);
});

it('GetLogEvents returns the same token at the end of a stream, so that readers stop', async () => {
  const stream = { logGroupName, logStreamName: 'task/1', startFromHead: true };
  const first = await logs.send(new GetLogEventsCommand(stream));
  expect(first.events).toHaveLength(3);
  const next = await logs.send(new GetLogEventsCommand({ ...stream, nextToken: first.nextForwardToken }));
  expect(next.events).toHaveLength(0);
  expect(next.nextForwardToken).toBe(first.nextForwardToken);
});

it('a stream is also a file', async () => {
  plane.kernel.writeLog(logGroupName, 'side-door', 'from a service');
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  expect(logStreams.map(({ logStreamName }) => logStreamName)).toContain('side-door');
  const file = await readFile(join(plane.kernel.directory, 'logs', 'ecs_stack_app', 'side-door.log'), 'utf8');
  expect(file).toContain('from a service');
});

it('an unknown group is ResourceNotFoundException, from the service and from kernel.writeLog', async () => {
  await expect(logs.send(new DeleteLogGroupCommand({ logGroupName: 'none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect(() => plane.kernel.writeLog('none', 's', 'm')).toThrow(/does not exist/);
});
