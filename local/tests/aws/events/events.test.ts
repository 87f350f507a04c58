import { readFileSync } from 'node:fs';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SignatureV4 } from '@smithy/signature-v4';
import { createEvents } from '../../../aws/events';
import { createLambda, type LambdaService } from '../../../aws/lambda';
import { createSns, type Message, type SnsService } from '../../../aws/sns';
import { createStates, type StatesService } from '../../../aws/states';
import type { CloudEvent, JsonObject } from '../../../kernel/contracts';
import { type ComputeCloud, create, handlerOf, resource, startComputeCloud } from '../support/compute-cloud';

let cloud: ComputeCloud;
let lambda: LambdaService;
let sns: SnsService;
let states: StatesService;
let events: ReturnType<typeof createEvents>;
let sfn: SFNClient;
let machineArn = '';

beforeAll(async () => {
  cloud = await startComputeCloud();
  lambda = createLambda(cloud.kernel);
  sns = createSns(cloud.kernel, { lambda });
  states = createStates(cloud.kernel, { lambda });
  events = createEvents(cloud.kernel, { lambda, sns, states });
  for (const module of [lambda, sns, states, events]) cloud.kernel.register(module);
  cloud.role('machine', 'states.amazonaws.com');
  cloud.role('starter', 'events.amazonaws.com', [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: '*' }]);
  cloud.role('powerless', 'events.amazonaws.com');
  const { ref } = await create(states, 'AWS::StepFunctions::StateMachine', 'Machine', {
    StateMachineName: 'failing',
    RoleArn: 'arn:aws:iam::000000000000:role/machine',
    Definition: { StartAt: 'Stop', States: { Stop: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } } },
  });
  machineArn = ref;
  sfn = new SFNClient(cloud.client);
});
afterAll(async () => {
  sfn.destroy();
  await cloud[Symbol.asyncDispose]();
});

async function openTopic(name: string): Promise<string> {
  const { ref } = await create(sns, 'AWS::SNS::Topic', name, { TopicName: name });
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish', Resource: ref },
  ];
  await create(sns, 'AWS::SNS::TopicPolicy', `${name}Policy`, { Topics: [ref], PolicyDocument: { Statement } });
  return ref;
}

const rule = (logicalId: string, properties: JsonObject) =>
  create(events, 'AWS::Events::Rule', logicalId, { Name: logicalId, ...properties });

const heard = (topicArn: string): Promise<Message> =>
  new Promise((resolve) => {
    const stop = sns.onMessage((message) => {
      if (message.topicArn !== topicArn) return;
      stop();
      resolve(message);
    });
  });

const journal = (): readonly { service: string; path: string; status: number; error?: string }[] =>
  readFileSync(cloud.kernel.journalFile, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const machineEvent = (status: string): CloudEvent => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  resources: [],
  detail: { status, stateMachineArn: 'arn:x' },
});

it('publishes a failed execution to the topic, with the text of the rule’s input transformer', async () => {
  const topic = await openTopic('failed');
  await rule('failed-execution', {
    EventPattern: { source: ['aws.states'], detail: { status: ['FAILED', 'ABORTED'], stateMachineArn: [machineArn] } },
    Targets: [
      {
        Id: 'topic',
        Arn: topic,
        InputTransformer: {
          InputPathsMap: { name: '$.detail.name', status: '$.detail.status', cause: '$.detail.cause' },
          InputTemplate: '"The execution <name> is <status>."\n"Cause: <cause>"\n',
        },
      },
    ],
  });
  const message = heard(topic);
  await sfn.send(new StartExecutionCommand({ stateMachineArn: machineArn, name: 'doomed' }));
  expect((await message).message).toBe('"The execution doomed is FAILED."\n"Cause: on purpose"');
});

it('starts an execution as the target’s role, with the constant input', async () => {
  await rule('starts', {
    EventPattern: { source: ['test.start'] },
    Targets: [
      { Id: 'm', Arn: machineArn, RoleArn: 'arn:aws:iam::000000000000:role/starter', Input: '{"mode":"verify"}' },
    ],
  });
  const started = new Promise<CloudEvent>((resolve) =>
    cloud.kernel.onEvent((event) => event.detail['input'] === '{"mode":"verify"}' && resolve(event)),
  );
  cloud.kernel.emit({ ...machineEvent('X'), source: 'test.start' });
  expect((await started).detail['status']).toBe('RUNNING');
});

it.each([
  [
    'a role that may not start it',
    () => ({ Arn: machineArn, RoleArn: 'arn:aws:iam::000000000000:role/powerless' }),
    /not authorized to perform: states:StartExecution/,
  ],
  [
    'a topic whose policy does not name EventBridge',
    async () => ({ Arn: (await create(sns, 'AWS::SNS::Topic', 'Closed', {})).ref }),
    /AuthorizationError/,
  ],
  ['an unknown function', () => ({ Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:none' }), /Function not found/],
])('journals %s and continues', async (title, target, message) => {
  const name = `journals-${title.replaceAll(/\W/g, '-')}`.slice(0, 60);
  await rule(name, { EventPattern: { source: [name] }, Targets: [{ Id: 't', ...(await target()) }] });
  cloud.kernel.emit({ ...machineEvent('X'), source: name });
  const entries = journal().filter(({ path, service }) => service === 'events' && path.startsWith(name));
  expect(entries).toEqual([expect.objectContaining({ status: 400, error: expect.stringMatching(message) })]);
});

it('does nothing while the rule is disabled; the API enables and disables it', async () => {
  const topic = await openTopic('switched');
  await rule('switched', {
    State: 'DISABLED',
    EventPattern: { source: ['test.switch'] },
    Targets: [{ Id: 't', Arn: topic, InputPath: '$.detail' }],
  });
  cloud.kernel.emit({ ...machineEvent('while disabled'), source: 'test.switch' });
  expect(sns.messages(topic)).toEqual([]);
  expect(await call('DescribeRule', { Name: 'switched' })).toMatchObject({
    State: 'DISABLED',
    EventPattern: '{"source":["test.switch"]}',
  });
  await call('EnableRule', { Name: 'switched' });
  cloud.kernel.emit({ ...machineEvent('while enabled'), source: 'test.switch' });
  expect(sns.messages(topic).map(({ message }) => JSON.parse(message).status)).toEqual(['while enabled']);
  await call('DisableRule', { Name: 'switched' });
  expect(await call('ListRules', { NamePrefix: 'switch' })).toMatchObject({
    Rules: [{ Name: 'switched', State: 'DISABLED' }],
  });
});

it('invokes the function of a schedule when the function permits it', async () => {
  cloud.role('ticker', 'lambda.amazonaws.com', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
  await create(lambda, 'AWS::Lambda::Function', 'ticker', {
    FunctionName: 'ticker',
    Code: cloud.zip({
      'index.mjs': 'export const handler = async (event) => console.log("tick", event["detail-type"]);',
    }),
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::000000000000:role/ticker',
  });
  const target = { Id: 't', Arn: 'arn:aws:lambda:eu-west-1:000000000000:function:ticker' };
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'performance', 'queueMicrotask', 'setTimeout', 'clearTimeout', 'Date'],
  });
  const { attributes } = await rule('ticking', { ScheduleExpression: 'rate(1 minute)', Targets: [target] });
  await create(lambda, 'AWS::Lambda::Permission', 'Allow', {
    Action: 'lambda:InvokeFunction',
    FunctionName: 'ticker',
    Principal: 'events.amazonaws.com',
    SourceArn: attributes['Arn'] ?? '',
  });
  jest.advanceTimersByTime(60_000);
  jest.useRealTimers();
  const ticks = () =>
    cloud.logs.filter(
      ({ group, message }) => group === '/aws/lambda/ticker' && message.includes('tick Scheduled Event'),
    );
  while (ticks().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ticks()).toHaveLength(1);
  await handlerOf(events, 'AWS::Events::Rule').delete(resource('AWS::Events::Rule', 'ticking', {}, 'ticking'));
  await expect(call('DescribeRule', { Name: 'ticking' })).resolves.toMatchObject({
    __type: expect.stringContaining('ResourceNotFoundException'),
  });
});

it.each([
  ['a rate of the wrong number', { ScheduleExpression: 'rate(1 minutes)' }, /ScheduleExpression is not valid/],
  ['a cron with both days', { ScheduleExpression: 'cron(0 0 1 * MON *)' }, /ScheduleExpression is not valid/],
  ['a cron with a wrong field', { ScheduleExpression: 'cron(61 0 * * ? *)' }, /ScheduleExpression is not valid/],
  ['neither schedule nor pattern', {}, /EventPattern or ScheduleExpression/],
  ['an unknown matcher', { EventPattern: { n: [{ cidr: '10.0.0.0/8' }] } }, /cidr/],
  [
    'a queue as target',
    { ScheduleExpression: 'rate(1 minute)', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:eu-west-1:000000000000:q' }] },
    /SNS targets only/,
  ],
  [
    'a state machine without a role',
    {
      ScheduleExpression: 'rate(1 minute)',
      Targets: [{ Id: 'm', Arn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:m' }],
    },
    /RoleArn is required/,
  ],
])('refuses %s', async (_title, properties, message) => {
  await expect(rule('refused', properties)).rejects.toThrow(message);
});

/** No EventBridge client is a dependency here: the request is signed by the SDK's own signer. */
async function call(operation: string, input: JsonObject): Promise<JsonObject> {
  const url = new URL(cloud.kernel.endpoint);
  const body = JSON.stringify(input);
  const signer = new SignatureV4({
    service: 'events',
    region: 'eu-west-1',
    credentials: cloud.client.credentials,
    sha256: Sha256,
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname: url.hostname,
    port: Number(url.port),
    path: '/',
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSEvents.${operation}` },
    body,
  });
  const answer = await fetch(url, { method: 'POST', headers: signed.headers, body });
  const text = await answer.text();
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}
