import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { type HostileShell, startHostileShell } from '../helpers/hostile-shell';
import { type Run, sls, writeVerbsService } from '../helpers/verbs-service';

/** The verbs at stage local in a shell with an AWS account, profiles and proxies: all of these must be ignored. */
jest.setTimeout(300_000);

let cloud: TestCloud;
let service: Awaited<ReturnType<typeof writeVerbsService>>;
let shell: HostileShell;
const run = (line: string, environment: NodeJS.ProcessEnv = {}): Promise<Run> =>
  sls(service.directory, line.split(' '), { port: cloud.port, environment: { ...shell.environment, ...environment } });

beforeAll(async () => {
  [cloud, service, shell] = await Promise.all([startTestCloud(), writeVerbsService(), startHostileShell()]);
});

afterAll(async () => {
  await cloud?.close();
  await service?.remove();
  await shell?.close();
});

it.each([
  'deploy',
  'deploy --aws-profile work',
  'setup',
  'invoke -f tester',
  'logs -f tester',
  'info --aws-profile nobody',
  'deploy list',
  'diff --no-workspace',
  'diagnose',
  'report --no-open',
  'remove',
])('sls %s opens connections to the local cloud and to nothing else', async (line) => {
  const { code, stdout, stderr } = await run(line);
  const opened = new Set(await shell.opened());
  expect({
    reached: shell.reached(),
    elsewhere: [...opened].filter((target) => !target.endsWith(`:${cloud.port}`)),
    output: line === 'diagnose' || code === 0 ? '' : stdout + stderr,
  }).toEqual({ reached: 0, elsewhere: [], output: '' });
  expect(opened.size).toBeGreaterThan(0);
});

// The other forms of a wrong endpoint: tests/unit/plugin/aws/stage-endpoint.test.ts.
it('refuses a LOCAL_PORT that makes another host of the endpoint, and calls neither it nor AWS', async () => {
  const { code, stdout, stderr } = await run('info', { LOCAL_PORT: '4510@away.example' });
  expect(stdout + stderr).toContain('Stage "local" has the endpoint "http://127.0.0.1:4510@away.example"');
  expect(code).not.toBe(0);
  expect(shell.reached()).toBe(0);
});
