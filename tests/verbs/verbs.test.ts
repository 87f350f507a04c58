import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { lastExecution, startExecution } from '../../plugin/aws/executions';
import { exitCodes } from '../../plugin/exit-codes';
import type { CliOptions, Serverless } from '../../plugin/serverless';
import { report } from '../../plugin/verbs/report-command';
import { followQuietly } from '../../plugin/watch/run-machine';
import { progressLine } from '../../plugin/watch/stack-progress';
import { contextAt } from '../helpers/plugin-context';
import { noCredentials, type Run, sls, writeVerbsService } from '../helpers/verbs-service';

/** The verbs as a person runs them: the framework's own process with the plugin, against the local cloud. */
jest.setTimeout(120_000);

let cloud: TestCloud;
let service: Awaited<ReturnType<typeof writeVerbsService>>;
let deployed: Run;
const run = (line: string, interruptOn?: string): Promise<Run> =>
  sls(service.directory, line.split(' '), { port: cloud.port, ...(interruptOn !== undefined && { interruptOn }) });

beforeAll(async () => {
  [cloud, service] = await Promise.all([startTestCloud(), writeVerbsService()]);
  deployed = await run('deploy');
});

afterAll(async () => {
  await cloud?.close();
  await service?.remove();
});

it('deploys, then shows the setup state by state and where everything is', () => {
  expect(deployed).toMatchObject({ code: 0 });
  expect(deployed.stdout).toMatch(/✔ First .* added: the workspace\n/);
  expect(deployed.stdout).toMatch(/✔ Items .* 3 unchanged\n/);
  expect(deployed.stdout).toMatch(/setup succeeded in [\d.]+ s\n {2}Service {2}http:\/\/127\.0\.0\.1:1\n/);
  expect(deployed.stdout).not.toContain('\u001b[');
});

it('uploads the service under its hash, below the prefix that remove empties', async () => {
  const template = JSON.parse(
    await readFile(join(service.directory, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8'),
  ) as {
    Mappings: { ServiceArtifact: { Bundle: { Key: string } } };
  };
  const key = template.Mappings.ServiceArtifact.Bundle.Key;
  expect(key).toMatch(/^serverless\/verbs\/local\/artifacts\/service-[0-9a-f]{64}\.cjs$/);
  const { stack } = JSON.parse((await run('info --json')).stdout) as { stack: { outputs: Record<string, string> } };
  const stored = await cloud.kernel.readObject(stack.outputs['ServerlessDeploymentBucketName'] ?? '', key);
  expect(stored.toString()).toBe('process.exit(0);\n');
});

it('refuses services.yml with the line of its fault, before it changes anything', async () => {
  const file = join(service.directory, 'services.yml');
  await writeFile(file, 'services:\n  - name: checkout\n    prob: { url: "http://checkout/" }\n');
  const refused = await run('deploy');
  await rm(file);
  expect(refused.stderr + refused.stdout).toContain(
    'services.yml, line 3, services[0].prob is not known. Did you mean "probe"?\nSee docs/services/README.md. Nothing was changed.',
  );
  expect(refused.code).toBe(1);
});

it('deploys a single function, and keeps its role', async () => {
  const tester = () =>
    cloud.kernel.call('lambda', 'GetFunction', { FunctionName: 'verbs-local-tester' }, cloud.kernel.deployer);
  const before = (await tester())['Configuration'] as Record<string, string>;
  const file = join(service.directory, 'handler.js');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text}// changed\n`);
  const alone = await run('deploy function -f tester');
  await writeFile(file, text);
  expect(alone.stderr + alone.stdout).not.toContain('NoSuchEntity');
  expect(alone.code).toBe(0);
  const after = (await tester())['Configuration'] as Record<string, string>;
  expect(after['CodeSha256']).not.toBe(before['CodeSha256']);
  expect(after['Role']).toBe(before['Role']);
});

it('reports the step and the cause, and exits with 2, when the setup fails', async () => {
  const failed = await run('setup --verify');
  expect(failed.stdout).toContain('✖ Broken');
  expect(failed.stdout).toContain(
    'verification failed: Broken: ShelfEmpty, The shelf is empty. Fill it and run sls setup.',
  );
  expect(failed.code).toBe(exitCodes.executionFailed);
  const different = await run('diff');
  expect(different.stdout).toContain('could not be looked at as a whole: Broken: ShelfEmpty, The shelf is empty.');
  expect(different.code).toBe(exitCodes.executionFailed);
  const diagnosed = await run('diagnose');
  expect(diagnosed.stdout).toContain('✖ setup: FAILED at Broken: ShelfEmpty');
  expect(diagnosed.code).toBe(exitCodes.findings);
});

it('stops watching on Ctrl-C, keeps the execution running, and prints a command that continues watching', async () => {
  const interrupted = await run('setup --drill', '✔ Announce');
  expect(interrupted.code).toBe(exitCodes.interrupted);
  const [, arn] = /npx sls setup --watch (\S+) --stage local/.exec(interrupted.stdout) ?? [];
  expect(arn).toContain(':execution:verbs-local-setup:');
  const client = new SFNClient(cloud.client);
  const watching = run(`setup --watch ${arn}`);
  await client.send(new StopExecutionCommand({ executionArn: arn, cause: 'by the test' }));
  client.destroy();
  const stopped = await watching;
  expect(stopped.stdout).toContain('a user stopped the execution (by the test)');
  expect(stopped.code).toBe(exitCodes.executionStopped);
});

it('prints JSON and nothing else with --json', async () => {
  const [setup, tester, report] = await Promise.all([
    run('setup --json'),
    run('invoke -f tester --json'),
    run('report --json'),
  ]);
  expect(JSON.parse(setup?.stdout ?? '')).toMatchObject({
    outcome: 'succeeded',
    exitCode: 0,
    changes: { added: 1, unchanged: 3 },
    serviceUrl: 'http://127.0.0.1:1',
  });
  expect(JSON.parse(tester?.stdout ?? '')).toMatchObject({ outcome: 'passed', calls: [{ name: 'create' }] });
  expect(JSON.parse(report?.stdout ?? '')).toMatchObject({ format: 1, machine: 'setup' });
});

it("prints the tester's calls as lines, and names the wrong call", async () => {
  const [good, bad] = await Promise.all([run('invoke -f tester'), run('invoke -f tester --data {"break":true}')]);
  expect(good).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/✔ create {2}POST \/data {2}expected 201, got 201 +5\.2 ms {2}trace a{32}/),
  });
  expect(bad).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"create" (POST /data): expected 201, got 503'),
  });
});

it("shows the tester's log, and with --filter the lines that match", async () => {
  // The test before this one invoked both.
  const [all, failed] = await Promise.all([run('logs -f tester'), run('logs -f tester --filter TesterCallsFailed')]);
  expect(all).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Error') });
  expect(all.stdout.match(/^START$/gm)?.length).toBeGreaterThanOrEqual(2);
  expect(all.stdout).toMatch(/^END Duration: [\d.]+ ms .*Memory Used: [1-9]\d* MB$/m);
  expect(failed.stdout).toContain('expected 201, got 503');
  expect(failed.stdout).not.toContain('START');
});

it('ends info with the addresses and the last setup, and lists function names only with --verbose', async () => {
  const [short, long] = await Promise.all([run('info'), run('info --verbose')]);
  expect(short).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^service: verbs\nstage: local\n(.+\n)*stack: verbs-local \(UPDATE_COMPLETE\)\nservice URL: .+\ngrafana: .+\nlast setup: .+\n(report: .+\n)?$/,
    ),
  });
  expect(long.stdout).toContain('  step: verbs-local-step');
});

it('lists the runs, tells a look of sls diff apart, and opens the report of a named one', async () => {
  const { context } = contextAt(cloud, 'verbs-local');
  const client = await context.stepFunctions();
  const machine = (await context.stack()).outputs['SetupStateMachineArn'] ?? '';
  const before = await lastExecution(client, machine);
  const arn = await startExecution(client, machine, { mode: 'verify' }, 'diff-1');
  await followQuietly(context, 'setup', arn);
  expect(await lastExecution(client, machine)).toEqual(before);
  const ask = async (options: Record<string, unknown>): Promise<string> => {
    const asked = contextAt(cloud, 'verbs-local', { options: options as CliOptions });
    await report(asked.context);
    asked.context.close();
    return asked.lines.join('\n');
  };
  expect(await ask({ list: true })).toMatch(/^diff-1 {2}FAILED at \S+ \(a look of sls diff\)\n/);
  expect(JSON.parse(await ask({ run: 'diff-1', json: true }))).toMatchObject({ execution: arn, outcome: 'failed' });
  await expect(ask({ run: 'none' })).rejects.toThrow(/none is called none\. `npx sls report --list/);
  context.close();
});

it('tells how far CloudFormation is', async () => {
  const { context } = contextAt(cloud, 'verbs-local');
  const client = await context.client(CloudFormationClient);
  const verbs = { stackName: 'verbs-local', serverless: { service: { provider: {} } } as Serverless };
  expect(await progressLine(client, verbs, 'deploys')).toMatch(/^(\d+) of \1 resources$/);
  expect(await progressLine(client, verbs, 'deletes')).toMatch(/^0 of \d+ resources$/);
  context.close();
});

describe("the framework's other verbs", () => {
  it('lists deployments, functions and the configuration', async () => {
    const [deployments, functions, configuration] = await Promise.all([
      run('deploy list'),
      run('deploy list functions'),
      run('print'),
    ]);
    expect(deployments).toMatchObject({ code: 0, stdout: expect.stringMatching(/Timestamp: \d{13}/) });
    expect(functions).toMatchObject({ code: 0, stdout: expect.stringContaining('tester') });
    expect(configuration).toMatchObject({ code: 0, stdout: expect.stringMatching(/^service: verbs$/m) });
  });

  it('shows the end of the log with invoke --log', async () => {
    const shown = await run('invoke -f tester --log');
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 of 1 calls as expected[\s\S]*^END Duration: /m),
    });
    const { code, stdout, stderr } = await run('invoke -f tester --log --json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'passed' });
    expect(stderr).toContain('START');
  });

  it('brings the stack back with rollback', async () => {
    const [timestamp = ''] = /\d{13}/.exec((await run('deploy list')).stdout) ?? [];
    expect(await run(`rollback --timestamp ${timestamp}`)).toMatchObject({ code: 0 });
  });

  it.each([
    ['metrics', 'logs -f tester'],
    ['invoke local -f tester', 'invoke -f tester'],
    ['rollback function -f tester --function-version 1', 'rollback --timestamp <one of deploy list>'],
  ])('refuses %s by name and says what to use instead', async (line, instead) => {
    const { code, stdout, stderr } = await run(line);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`Use \`npx sls ${instead} --stage local\``);
  });
});

it('finds nothing to deploy right after a deploy', async () => {
  const { code, stdout } = await run('diff --no-workspace --json');
  expect({ code, changes: JSON.parse(stdout) as unknown }).toEqual({ code: 0, changes: { template: [] } });
});

it('refuses an unknown parameter, before anything else', async () => {
  const { code, stdout } = await run('deploy --param=minTask=3');
  expect(stdout).toContain('There is no parameter "minTask". Did you mean "minTasks"?');
  expect(code).toBe(1);
});

it('removes, then reports that no stack exists and how to deploy', async () => {
  const removed = await run('remove');
  expect(removed).toMatchObject({ code: 0, stdout: expect.stringMatching(/✔ Empty .* removed: everything\n/) });
  const [again, setup, info] = await Promise.all([run('remove'), run('setup'), run('info')]);
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('There is no stack verbs-local: nothing to remove.'),
  });
  for (const verb of [setup, info]) {
    expect(verb).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('There is no stack verbs-local. Deploy it with `npx sls deploy --stage local`.'),
    });
  }
});

it.each([
  ['deploy', 1],
  ['info', 1],
  ['logs -f tester', 1],
  ['diagnose', exitCodes.findings],
])(
  'names the requested stage, and the one that needs no AWS account, when %s finds no credentials',
  async (line, code) => {
    const environment = noCredentials(service.directory);
    const run = await sls(service.directory, line.split(' '), { port: cloud.port, stage: 'lcoal', environment });
    expect(run.stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /stage "lcoal" is in AWS.* Log in \(aws sso login\).* --stage local needs no AWS account/i,
    );
    expect(run.code).toBe(code);
  },
);

it('prints how to start the local cloud when it does not answer', async () => {
  const { code, stdout } = await sls(service.directory, ['setup'], { port: 1 });
  expect(stdout).toContain('LOCAL_PORT=1 npm start');
  expect(code).toBe(exitCodes.endpointUnreachable);
});
