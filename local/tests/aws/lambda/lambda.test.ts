import { GetFunctionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { createLambda, type LambdaService } from '../../../aws/lambda';
import { createSns } from '../../../aws/sns';
import { type ComputeCloud, create, handlerOf, resource, startComputeCloud } from '../support/compute-cloud';

const LOGS = [{ Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' }];

let cloud: ComputeCloud;
let lambda: LambdaService;
let client: LambdaClient;
/** Milliseconds by which the cloud's clock is ahead of this machine's. */
let ahead = 0;

beforeAll(async () => {
  cloud = await startComputeCloud(() => new Date(Date.now() + ahead));
  lambda = createLambda(cloud.kernel);
  cloud.kernel.register(lambda);
  cloud.role('writer', 'lambda.amazonaws.com', LOGS);
  client = new LambdaClient(cloud.client);
});
afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

const properties = (files: Record<string, string>, more = {}) => ({
  Code: cloud.zip(files),
  Handler: 'index.handler',
  Runtime: 'nodejs24.x',
  Role: 'arn:aws:iam::000000000000:role/writer',
  ...more,
});

async function make(name: string, files: Record<string, string>, more = {}): Promise<void> {
  await create(lambda, 'AWS::Lambda::Function', name, { FunctionName: name, ...properties(files, more) });
}

async function invoke(name: string, event: unknown = {}, more = {}) {
  const answer = await client.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), LogType: 'Tail', ...more }),
  );
  return { ...answer, body: JSON.parse(Buffer.from(answer.Payload ?? []).toString('utf8')) };
}

describe('a function', () => {
  it.each([
    ['an ES module', { 'index.mjs': 'export const handler = async (event) => ({ got: event });' }],
    ['CommonJS', { 'index.js': 'exports.handler = async (event) => ({ got: event });' }],
    [
      'a bundle that assigns module.exports',
      { 'index.js': 'module.exports = { handler: (event) => ({ got: event }) };' },
    ],
  ])('answers from %s', async (kind, files) => {
    const name = `answers-${kind.replaceAll(/\W/g, '-')}`;
    await make(name, files);
    const answer = await invoke(name, { a: 1 });
    expect(answer.body).toEqual({ got: { a: 1 } });
    expect(answer.FunctionError).toBeUndefined();
    expect(answer.ExecutedVersion).toBe('$LATEST');
  });

  it('has the environment of its template and its role, and no variables of this machine', async () => {
    process.env['LEAK_CANARY'] = 'must not be seen';
    await make(
      'environment',
      { 'index.mjs': 'export const handler = async () => process.env;' },
      {
        Environment: { Variables: { BUCKET_NAME: 'data' } },
      },
    );
    const { body } = await invoke('environment');
    expect(body).toMatchObject({
      BUCKET_NAME: 'data',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: cloud.kernel.endpoint,
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
    });
    expect(body.AWS_ACCESS_KEY_ID).toMatch(/^ASIA/);
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['LEAK_CANARY']));
    expect(body.PATH).toBeUndefined();
  });

  it('gets its context and keeps its process warm', async () => {
    const code =
      'let n = 0; export const handler = async (e, c) => ({ n: ++n, pid: process.pid, id: c.awsRequestId, left: c.getRemainingTimeInMillis(), arn: c.invokedFunctionArn });';
    await make('warm', { 'index.mjs': code });
    const first = await invoke('warm');
    const second = await invoke('warm');
    expect(second.body).toMatchObject({ n: 2, pid: first.body.pid });
    expect(second.body.id).not.toBe(first.body.id);
    expect(second.body.left).toBeGreaterThan(0);
    expect(second.body.arn).toBe('arn:aws:lambda:eu-west-1:000000000000:function:warm');
  });

  it("gets a new process with new credentials when the old ones have expired by the cloud's clock", async () => {
    await make('lent', { 'index.mjs': 'export const handler = async () => process.env.AWS_ACCESS_KEY_ID;' });
    const keyOf = async () => (await lambda.invoker.invokeAs(cloud.kernel.deployer, 'lent', '{}')).payload;
    const lent = await keyOf();
    expect(await keyOf()).toBe(lent);
    ahead = 7 * 3_600_000;
    const later = await keyOf();
    ahead = 0;
    expect(later).toMatch(/^"ASIA/);
    expect(later).not.toBe(lent);
  });

  it('runs concurrent events in processes of their own', async () => {
    const code = 'export const handler = () => new Promise((r) => setTimeout(() => r(process.pid), 150));';
    await make('parallel', { 'index.mjs': code });
    const answers = await Promise.all([invoke('parallel'), invoke('parallel'), invoke('parallel')]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(3);
  });

  it('is throttled over its reserved concurrency', async () => {
    const code = 'export const handler = () => new Promise((r) => setTimeout(r, 150));';
    await make('reserved', { 'index.mjs': code }, { ReservedConcurrentExecutions: 1 });
    const answers = await Promise.allSettled([invoke('reserved'), invoke('reserved')]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = answers.find((answer) => answer.status === 'rejected');
    expect(refused?.reason).toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
  });
});

describe('a failing function', () => {
  it.each([
    [
      'a thrown error',
      'class Odd extends Error { name = "OddError" }; export const handler = async () => { throw new Odd("no luck"); };',
      { errorType: 'OddError', errorMessage: 'no luck' },
    ],
    [
      'a thrown string',
      'export const handler = async () => { throw "plain"; };',
      { errorType: 'string', errorMessage: 'plain' },
    ],
    [
      'an exit',
      'export const handler = async () => process.exit(3);',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/^RequestId: [\w-]+ Error: Runtime exited with error: exit status 3$/),
      },
    ],
    [
      'an unhandled rejection',
      'export const handler = () => new Promise(() => { Promise.reject(new Error("stray")); });',
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'stray' },
    ],
    [
      'a missing export',
      'export const other = 1;',
      { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
    ],
    [
      'an import that is missing in the bundle',
      'import "zod"; export const handler = async () => 1;',
      {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: expect.stringMatching(/Cannot find (module|package) 'zod'/),
      },
    ],
    [
      'a callback handler',
      'export const handler = (e, c, callback) => callback(null, 1);',
      { errorType: 'Runtime.CallbackHandlerDeprecated', errorMessage: expect.stringContaining('callback') },
    ],
    [
      'a result over 6 MB',
      'export const handler = async () => "x".repeat(6_291_557);',
      { errorType: 'Function.ResponseSizeTooLarge', errorMessage: expect.stringContaining('6291556') },
    ],
  ])('reports %s in the shape of Lambda’s errors', async (title, code, expected) => {
    const name = `fails-${title.replaceAll(/\W/g, '-')}`.slice(0, 60);
    await make(name, { 'index.mjs': code });
    const answer = await invoke(name);
    expect(answer.FunctionError).toBe('Unhandled');
    expect(answer.body).toMatchObject(expected);
  });

  it('is killed at its timeout and works again afterwards', async () => {
    const code = 'export const handler = (e) => e.hang ? new Promise(() => setInterval(() => {}, 1000)) : process.pid;';
    await make('hangs', { 'index.mjs': code }, { Timeout: 1 });
    const before = await invoke('hangs');
    const answer = await invoke('hangs', { hang: true });
    expect(answer.body).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [\w-]+ Error: Task timed out after 1\.00 seconds$/),
    });
    const after = await invoke('hangs');
    expect(after.body).not.toBe(before.body);
    expect(() => process.kill(before.body, 0)).toThrow('ESRCH');
  });
});

describe('the log', () => {
  it('has START, the lines, END and REPORT in order, in the group and in the tail', async () => {
    const code =
      'export const handler = async () => { console.log("hello", { a: 1 }); process.stdout.write("raw\\n"); };';
    await make('logs', { 'index.mjs': code });
    const answer = await invoke('logs');
    const tail = Buffer.from(answer.LogResult ?? '', 'base64').toString('utf8');
    const lines = cloud.logs.filter(({ group }) => group === '/aws/lambda/logs').map(({ message }) => message);
    expect(lines).toEqual([
      expect.stringMatching(/^START RequestId: [\w-]+ Version: \$LATEST$/),
      expect.stringMatching(/^\S+Z\t[\w-]+\tINFO\thello \{ a: 1 \}$/),
      'raw',
      expect.stringMatching(/^END RequestId: /),
      expect.stringMatching(
        /^REPORT RequestId: .*\tMemory Size: \d+ MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: [\d.]+ ms/,
      ),
    ]);
    expect(tail).toContain('hello { a: 1 }');
  });

  it('is lost when the role may not write it, and the journal reports it', async () => {
    cloud.role('mute', 'lambda.amazonaws.com');
    await make(
      'mute',
      { 'index.mjs': 'export const handler = async () => 1;' },
      { Role: 'arn:aws:iam::000000000000:role/mute' },
    );
    expect((await invoke('mute')).body).toBe(1);
    expect(cloud.logs.filter(({ group }) => group === '/aws/lambda/mute')).toEqual([]);
  });
});

describe('Lambda refuses', () => {
  it.each([
    [
      'a role that Lambda may not assume',
      { Role: 'arn:aws:iam::000000000000:role/unknown' },
      /cannot be assumed by Lambda/,
    ],
    [
      'a VPC function whose role may not create network interfaces',
      { VpcConfig: { SubnetIds: ['s'], SecurityGroupIds: ['g'] } },
      /CreateNetworkInterface/,
    ],
    ['reserved variables', { Environment: { Variables: { AWS_REGION: 'x' } } }, /reserved keys/],
    ['an environment over 4 KB', { Environment: { Variables: { BIG: 'x'.repeat(4100) } } }, /exceeded the 4KB limit/],
    ['a property that it does not know', { Layers: ['arn'] }, /Layers/],
    ['another runtime', { Runtime: 'python3.13' }, /Node\.js/],
    ['a timeout over 900 s', { Timeout: 901 }, /Timeout/],
  ])('%s', async (_title, more, message) => {
    const files = { 'index.mjs': 'export const handler = async () => 1;' };
    await expect(create(lambda, 'AWS::Lambda::Function', 'Refused', properties(files, more))).rejects.toThrow(message);
  });

  it.each([
    ['an empty zip', () => cloud.zip({}), 'must be a non-empty zip'],
    ['a file that is not a zip', () => cloud.put('text.zip', Buffer.from('no zip')), 'Could not unzip'],
    ['an entry outside of the package', () => cloud.zip({ '../../evil.js': '' }), 'outside of the package'],
  ])('%s', async (_title, code, message) => {
    const given = { ...properties({ 'index.mjs': '' }), Code: code() };
    await expect(create(lambda, 'AWS::Lambda::Function', 'Refused', given)).rejects.toThrow(message);
  });

  it("an unknown function, with Lambda's message", async () => {
    await expect(invoke('nobody')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:eu-west-1:000000000000:function:nobody',
    });
  });

  it('a body that is not JSON', async () => {
    await make('json', { 'index.mjs': 'export const handler = async () => 1;' });
    await expect(client.send(new InvokeCommand({ FunctionName: 'json', Payload: '{' }))).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
  });

  it('an event source that no permission names', async () => {
    await make('guarded', { 'index.mjs': 'export const handler = async () => 1;' });
    const caller = { service: 'events.amazonaws.com', sourceArn: 'arn:aws:events:eu-west-1:000000000000:rule/r' };
    expect(() => lambda.invoker.enqueueForService(caller, 'guarded', '{}')).toThrow('AWS::Lambda::Permission');
    await create(lambda, 'AWS::Lambda::Permission', 'Allow', {
      Action: 'lambda:InvokeFunction',
      FunctionName: 'guarded',
      Principal: 'events.amazonaws.com',
      SourceArn: caller.sourceArn,
    });
    expect(() => lambda.invoker.enqueueForService(caller, 'guarded', '{}')).not.toThrow();
  });
});

describe('the API', () => {
  it('describes the functions of the template, also after an update', async () => {
    await make(
      'described',
      { 'index.mjs': 'export const handler = async () => 1;' },
      { Timeout: 30, MemorySize: '256' },
    );
    const described = await client.send(new GetFunctionCommand({ FunctionName: 'described' }));
    expect(described.Configuration).toMatchObject({
      FunctionName: 'described',
      Timeout: 30,
      MemorySize: 256,
      State: 'Active',
    });
    const changed = properties({ 'index.mjs': 'export const handler = async () => 2;' }, { FunctionName: 'described' });
    const handler = handlerOf(lambda, 'AWS::Lambda::Function');
    await handler.update?.(resource('AWS::Lambda::Function', 'described', changed, 'described'));
    expect((await invoke('described')).body).toBe(2);
    const listed = await client.send(new ListFunctionsCommand({}));
    expect(listed.Functions?.map(({ FunctionName }) => FunctionName)).toContain('described');
    await handler.delete(resource('AWS::Lambda::Function', 'described', changed, 'described'));
    await expect(invoke('described')).rejects.toThrow('Function not found');
  });

  it('sends an event to the failure destination after its last attempt, as its role', async () => {
    const sns = createSns(cloud.kernel);
    cloud.kernel.register(sns);
    const { ref: Destination } = await create(sns, 'AWS::SNS::Topic', 'Failed', {});
    const Role = cloud.role('teller', 'lambda.amazonaws.com', [
      ...LOGS,
      { Effect: 'Allow', Action: 'sns:Publish', Resource: '*' },
    ]);
    await make('dies', { 'index.mjs': 'export const handler = async () => { throw new Error("gone"); };' }, { Role });
    await create(lambda, 'AWS::Lambda::EventInvokeConfig', 'Config', {
      FunctionName: 'dies',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination } },
    });
    const told = new Promise<string>((resolve) => sns.onMessage(({ message }) => resolve(message)));
    await client.send(new InvokeCommand({ FunctionName: 'dies', InvocationType: 'Event', Payload: '{"n":1}' }));
    expect(JSON.parse(await told)).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
      requestPayload: { n: 1 },
      responsePayload: { errorMessage: 'gone' },
    });
  });

  it('queues an event and answers 202; a dry run answers 204 and runs nothing', async () => {
    await make('queued', { 'index.mjs': 'export const handler = async (e) => { console.log("ran", e.n); };' });
    const event = await client.send(
      new InvokeCommand({ FunctionName: 'queued', InvocationType: 'Event', Payload: '{"n":7}' }),
    );
    expect(event.StatusCode).toBe(202);
    const dry = await client.send(new InvokeCommand({ FunctionName: 'queued', InvocationType: 'DryRun' }));
    expect(dry.StatusCode).toBe(204);
    const direct = await invoke('queued', { n: 8 });
    expect(direct.StatusCode).toBe(200);
  });
});
