import type { Message } from '../../local/aws/sns';
import { type DeployedStack, deployStack } from './mutations/deployed-stack';

/**
 * The drill on a workspace that shows neither the state of its rules nor that of its contact points. It takes minutes.
 */
jest.setTimeout(900_000);

let stack: DeployedStack;
const messages: Message[] = [];

beforeAll(async () => {
  process.env['LOCAL_AMG'] = 'strict';
  stack = await deployStack('alertEmail=on-call@example.org');
  stack.cloud.sns.onMessage((message) => messages.push(message));
});

afterAll(async () => {
  delete process.env['LOCAL_AMG'];
  await stack?.close();
});

it('sees from the SNS metric that messages arrived, and reports what it could not see', async () => {
  const output = await stack.sls('setup', '--drill');
  // The line is truncated at the terminal's width.
  expect(output).toMatch(/WatchAlert .*not.evaluated.* messages arrived at the topic/);
  expect(output).toContain('setup succeeded');
  const arrived = messages.map(({ message }) => message);
  expect(arrived.filter((text) => /^(FIRING|RESOLVED): Server errors/.test(text)).length).toBeGreaterThan(1);
});
