import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { exitCodes } from '../../plugin/exit-codes';
import { sls, writeVerbsService } from '../helpers/verbs-service';

jest.setTimeout(300_000);

let cloud: TestCloud;
let service: Awaited<ReturnType<typeof writeVerbsService>>;

beforeAll(async () => {
  [cloud, service] = await Promise.all([startTestCloud(), writeVerbsService()]);
  const file = join(service.directory, 'serverless.yml');
  await writeFile(
    file,
    (await readFile(file, 'utf8'))
      .replace('Default: First', 'Default: Broken')
      .replace('verify, Next: Broken', 'verify, Next: First'),
  );
});

afterAll(async () => {
  await cloud?.close();
  await service?.remove();
});

it('a deploy whose setup fails reports what was deployed and what was not, and prints no ✔ of the framework', async () => {
  const { code, stdout, stderr } = await sls(service.directory, ['deploy'], { port: cloud.port });
  expect(stdout).toContain('setup failed: Broken: ShelfEmpty, The shelf is empty. Fill it and run sls setup.');
  expect(stdout.trimEnd()).toMatch(
    /✖ The stack is deployed, and its setup did not succeed\. Mend what it says above and run `npx sls setup --stage local`; .*$/,
  );
  expect(`${stdout}${stderr}`).not.toMatch(/Service deployed|failed to deploy/);
  expect(code).toBe(exitCodes.executionFailed);
});
