import { readFile } from 'node:fs/promises';
import type { Message } from '../../local/aws/sns';
import { type DeployedStack, deployStack } from './mutations/deployed-stack';

/**
 * The drill as a person runs it, through the packaged machine, with the intervals of a workspace on AWS: a rule that is
 * evaluated each minute and a policy that waits before it sends the resolved message. It takes minutes.
 */
jest.setTimeout(900_000);

const subscriber = 'on-call@example.org';
let stack: DeployedStack;
const messages: Message[] = [];

beforeAll(async () => {
  stack = await deployStack(`alertEmail=${subscriber}`);
  stack.cloud.sns.onMessage((message) => messages.push(message));
});

afterAll(() => stack?.close());

it('makes Sev2 fire and resolve, and both messages arrive at the topic’s subscriber', async () => {
  const output = await stack.sls('setup', '--drill');
  expect(output).toMatch(/"Server errors \(Sev2\)" fired, was sent by .*, has resolved, and that was sent too/);
  expect(output).toContain('setup succeeded');

  const arrived = messages.map(({ message }) => message);
  // The contact point's check sends its test message before the drill.
  expect(arrived[0]).toContain('The setup tests that alerts arrive. Nothing is wrong.');
  const firing = arrived.findIndex((text) => text.startsWith('FIRING: Server errors (Sev2) (sev2, '));
  const resolved = arrived.findIndex((text) => text.startsWith('RESOLVED: Server errors (Sev2) (sev2, '));
  expect(firing).toBeGreaterThan(0);
  expect(resolved).toBeGreaterThan(firing);
  // The remedy, and the link to the runbook's entry in the workspace.
  expect(arrived[firing]).toMatch(/What to do: .*\nRunbook: https?:\/\/\S+\/d\/\S*runbook/s);

  const journal = await readFile(stack.cloud.kernel.journalFile, 'utf8');
  const delivered = journal.split('\n').filter((line) => line.includes(`email:${subscriber}`));
  expect(delivered.length).toBeGreaterThanOrEqual(3);
});
