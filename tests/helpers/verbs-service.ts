import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const repository = resolve(__dirname, '../..');

/**
 * A service small enough to deploy in seconds, with this repository's plugin and parameters and its own setup machine:
 * `apply` takes three steps, `verify` fails, `drill` waits for `waitSeconds`. For tests of verbs that do not need the
 * stack.
 */
export async function writeVerbsService(
  waitSeconds = 60,
  /** Lines of YAML with further resources. */
  resources: readonly string[] = [],
): Promise<{ readonly directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'verbs-'));
  for (const name of ['plugin', 'params', 'node_modules']) await symlink(join(repository, name), join(directory, name));
  await mkdir(join(directory, 'service'));
  await writeFile(join(directory, 'service', 'build.cjs'), builder);
  await writeFile(join(directory, 'handler.js'), handlers);
  await writeFile(join(directory, 'serverless.yml'), configuration(waitSeconds, resources));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Describes how a run ended, for an error message. */
export const told = ({ code, stdout, stderr }: Run): string =>
  `exit code ${code}: ${`${stdout}${stderr}`.trim().slice(-400)}`;

export interface SlsOptions {
  readonly port: number;
  /** `local` by default. */
  readonly stage?: string;
  /** Added to this process's environment; undefined removes a variable. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Sends SIGINT when stdout contains this text. */
  readonly interruptOn?: string;
  /** Called when stdout grows, with the whole output so far and the process, for example to send it a signal. */
  readonly onOutput?: (stdout: string, child: ChildProcess) => void;
  /** Called with the process when it has started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `sls` as a person would, without a terminal. */
export function sls(directory: string, args: readonly string[], options: SlsOptions): Promise<Run> {
  const { promise, resolve: done, reject } = Promise.withResolvers<Run>();
  const env = {
    ...process.env,
    LOCAL_PORT: String(options.port),
    AWS_PROFILE: 'nobody',
    AWS_REGION: 'eu-west-1',
    // As `npm start` sets it: the framework's default of 5 s is longer than these stacks take.
    SLS_AWS_MONITORING_FREQUENCY: '500',
    ...options.environment,
  };
  const bin = join(repository, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const child = spawn(process.execPath, [bin, ...args, '--stage', options.stage ?? 'local'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onStart?.(child);
  let [stdout, stderr, interruptOn] = ['', '', options.interruptOn];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onOutput?.(stdout, child);
    if (interruptOn !== undefined && stdout.includes(interruptOn)) {
      interruptOn = undefined;
      child.kill('SIGINT');
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('error', reject).on('close', (code) => done({ code, stdout, stderr }));
  return promise;
}

/** Every place where an SDK looks for credentials, empty. */
export const noCredentials = (home: string): NodeJS.ProcessEnv => ({
  HOME: home,
  AWS_EC2_METADATA_DISABLED: 'true',
  ...Object.fromEntries(
    [
      ...['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
      ...[
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
        'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
        'AWS_WEB_IDENTITY_TOKEN_FILE',
      ],
    ].map((name) => [name, undefined]),
  ),
});

const builder = `exports.buildService = async ({ outfile }) => require('node:fs').writeFileSync(outfile, 'process.exit(0);\\n');\n`;

const handlers = `
exports.step = async (event) => {
  if (event.fail) throw Object.assign(new Error('The shelf is empty. Fill it and run sls setup.'), { name: 'ShelfEmpty' });
  return { outcome: event.outcome, detail: event.detail };
};
exports.tester = async (event) => {
  const call = { name: 'create', method: 'POST', path: '/data', endpoint: '/data', expectedStatus: 201, actualStatus: 201, passed: true, durationMs: 5.2, traceId: 'a'.repeat(32) };
  if (event.break) throw Object.assign(new Error('"create" (POST /data): expected 201, got 503'), { name: 'TesterCallsFailed' });
  return { outcome: 'passed', detail: '1 of 1 calls as expected', run: 'r', startedAt: new Date().toISOString(), calls: [call] };
};
`;

const invoke = (payload: string): string =>
  `Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: '\${Step}', Payload: ${payload} }`;

const machine = (name: string, states: string): string => `
    ${name}StateMachine:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        StateMachineName: verbs-\${sls:stage}-${name.toLowerCase()}
        RoleArn: !GetAtt MachineRole.Arn
        DefinitionSubstitutions: { Step: !GetAtt StepLambdaFunction.Arn }
        Definition:
${states}`;

const configuration = (waitSeconds: number, resources: readonly string[]): string => `
service: verbs
provider:
  name: aws
  region: \${opt:region, env:AWS_REGION}
  runtime: nodejs24.x
  deploymentMethod: direct
  versionFunctions: false
params:
  default: \${file(params/index.js):default}
  local: \${file(params/index.js):local}
plugins: [./plugin]
package: { patterns: ['!**', handler.js] }
functions:
  step: { handler: handler.step }
  tester: { handler: handler.tester, role: !GetAtt TesterRole.Arn }
resources:
  Mappings: { ServiceArtifact: { Bundle: { Key: not-packaged } } }
  Resources:
${resources.map((resource) => `    ${resource}\n`).join('')}    TesterRole:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Version: '2012-10-17'
          Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: 'sts:AssumeRole' }]
        Policies:
          - PolicyName: log
            PolicyDocument:
              Version: '2012-10-17'
              Statement: [{ Effect: Allow, Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' }]
    MachineRole:
      Type: AWS::IAM::Role
      Properties:
        AssumeRolePolicyDocument:
          Version: '2012-10-17'
          Statement: [{ Effect: Allow, Principal: { Service: states.amazonaws.com }, Action: 'sts:AssumeRole' }]
        Policies:
          - PolicyName: invoke
            PolicyDocument:
              Version: '2012-10-17'
              Statement: [{ Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt StepLambdaFunction.Arn }]
${machine(
  'Setup',
  `          StartAt: Choose
          States:
            Choose:
              Type: Choice
              Choices:
                - { Variable: $.mode, StringEquals: drill, Next: Announce }
                - { Variable: $.mode, StringEquals: verify, Next: Broken }
              Default: First
            First: { ${invoke('{ outcome: added, detail: the workspace }')}, ResultPath: null, Next: List }
            List: { Type: Pass, Result: [1, 2, 3], ResultPath: $.list, Next: Items }
            Items:
              Type: Map
              ItemsPath: $.list
              ResultPath: null
              ItemProcessor: { StartAt: Item, States: { Item: { ${invoke('{ outcome: unchanged }')}, End: true } } }
              Next: Done
            Broken: { ${invoke('{ fail: true }')}, End: true }
            Announce: { ${invoke('{ outcome: done, detail: a long wait }')}, ResultPath: null, Next: Long }
            Long: { Type: Wait, Seconds: ${waitSeconds}, Next: Done }
            Done: { Type: Succeed }`,
)}
${machine(
  'Teardown',
  `          StartAt: Empty
          States: { Empty: { ${invoke('{ outcome: removed, detail: everything }')}, End: true } }`,
)}
  Outputs:
    SetupStateMachineArn: { Value: !Ref SetupStateMachine }
    TeardownStateMachineArn: { Value: !Ref TeardownStateMachine }
    ServiceUrl: { Value: 'http://127.0.0.1:1' }
    GrafanaWorkspaceName: { Value: 'verbs-\${sls:stage}' }
`;
