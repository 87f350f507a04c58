import { connectAmg } from '../../functions/adapters/amg';
import { person } from '../statemachine/support/beside-users';
import { type DeployedStack, deployStack } from './mutations/deployed-stack';

/** The stack's whole life in a workspace in which a user has one of everything, through the packaged functions. */
jest.setTimeout(900_000);

let stack: DeployedStack;
let user: Awaited<ReturnType<typeof person>>;

beforeAll(async () => {
  stack = await deployStack();
  const [workspace] = stack.cloud.grafana.workspaces();
  if (!workspace) throw new Error('the deploy made no workspace');
  user = await person(connectAmg(), workspace);
  await user.makeOneOfEverything();
});

afterAll(() => stack?.close());

it('deploys, tests, sets up and verifies twice, and leaves every byte of the user as it was', async () => {
  const before = await user.theirs();
  for (let round = 1; round <= 2; round++) {
    await stack.sls('deploy');
    expect(await stack.sls('invoke', '-f', 'tester')).toMatch(/6 of 6 calls as expected/);
    const { changes } = JSON.parse((await stack.run('setup', '--json')).output) as { readonly changes: object };
    for (const change of ['added', 'updated', 'removed']) expect(changes).not.toHaveProperty(change);
    expect(await stack.sls('setup', '--verify')).toContain('no drift');
  }
  expect(await user.theirs()).toBe(before);
});

it('reports a change made by hand of each kind with exit code 4, and puts it back beside what the user has', async () => {
  for (const [, make] of user.changes) await make();
  const before = user.withoutOurs(await user.theirs());
  const verified = await stack.run('setup', '--verify', '--json');
  const { error, cause } = JSON.parse(verified.output) as { readonly error: string; readonly cause: string };
  expect({ code: verified.code, error }).toEqual({ code: 4, error: 'DriftFound' });
  for (const [told] of user.changes) expect(cause).toMatch(told);
  await stack.sls('setup');
  expect(await stack.sls('setup', '--verify')).toContain('no drift');
  expect(user.withoutOurs(await user.theirs())).toBe(before);
});
