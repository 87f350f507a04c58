import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { createLambda, type LambdaService } from '../../../aws/lambda';
import { createStates, type StatesService } from '../../../aws/states';
import type { CloudEvent, JsonObject } from '../../../kernel/contracts';
import { type ComputeCloud, create, startComputeCloud } from '../support/compute-cloud';

const INVOKE = 'arn:aws:states:::lambda:invoke';
const ROLE = 'arn:aws:iam::000000000000:role/machine';
const FUNCTION = `
let failures = 0;
class Flaky extends Error { name = 'Flaky' }
class Broken extends Error { name = 'Broken' }
export const handler = async (event) => {
  if (event.fail === 'once') { if (failures++ === 0) throw new Flaky('try again'); failures = 0; return { ok: true }; }
  if (event.fail === 'always') throw new Broken('for good');
  if (event.fail === 'big') return 'x'.repeat(300_000);
  if (event.hang) return new Promise(() => setInterval(() => {}, 1000));
  if (event.pause) await new Promise((r) => setTimeout(r, event.pause));
  return { echo: event };
};`;

let cloud: ComputeCloud;
let lambda: LambdaService;
let states: StatesService;
let client: SFNClient;
const announced: CloudEvent[] = [];
let machines = 0;

beforeAll(async () => {
  cloud = await startComputeCloud();
  lambda = createLambda(cloud.kernel);
  states = createStates(cloud.kernel, { lambda });
  cloud.kernel.register(lambda);
  cloud.kernel.register(states);
  cloud.kernel.onEvent((event) => announced.push(event));
  cloud.role('writer', 'lambda.amazonaws.com');
  cloud.role('machine', 'states.amazonaws.com', [
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: 'arn:aws:lambda:*:*:function:worker' },
  ]);
  await create(lambda, 'AWS::Lambda::Function', 'worker', {
    FunctionName: 'worker',
    Code: cloud.zip({ 'index.mjs': FUNCTION }),
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::000000000000:role/writer',
  });
  client = new SFNClient(cloud.client);
});
afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

async function machine(definition: JsonObject, more: JsonObject = {}): Promise<string> {
  machines += 1;
  const { ref } = await create(states, 'AWS::StepFunctions::StateMachine', `Machine${machines}`, {
    StateMachineName: `machine-${machines}`,
    Definition: definition,
    RoleArn: ROLE,
    ...more,
  });
  return ref;
}

async function start(stateMachineArn: string, input: unknown = {}): Promise<string> {
  const { executionArn = '' } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** Resolves on the event of the execution's end. */
function ended(executionArn: string): Promise<void> {
  const over = (event: CloudEvent) =>
    event.detail['executionArn'] === executionArn && event.detail['status'] !== 'RUNNING';
  if (announced.some(over)) return Promise.resolve();
  return new Promise((resolve) => cloud.kernel.onEvent((event) => over(event) && resolve()));
}

async function historyOf(executionArn: string): Promise<readonly HistoryEvent[]> {
  return (await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }))).events ?? [];
}

async function runToEnd(definition: JsonObject, input: unknown = {}, more: JsonObject = {}) {
  const executionArn = await start(await machine(definition, more), input);
  await ended(executionArn);
  const result = await client.send(new DescribeExecutionCommand({ executionArn }));
  const history = await historyOf(executionArn);
  return { ...result, history, types: history.map(({ type }) => type), out: JSON.parse(result.output ?? 'null') };
}

const one = (state: JsonObject): JsonObject => ({ StartAt: 'Work', States: { Work: { End: true, ...state } } });
const invoke = (payload: JsonObject, more: JsonObject = {}): JsonObject => ({
  Type: 'Task',
  Resource: INVOKE,
  Parameters: { FunctionName: 'worker', ...payload },
  ...more,
});
const retried = (retrier: JsonObject): JsonObject =>
  one(invoke({}, { Retry: [{ ErrorEquals: ['Flaky'], ...retrier }] }));

describe('a Task', () => {
  it('gets Lambda’s whole answer and records the same history as on AWS', async () => {
    const run = await runToEnd(one(invoke({ 'Payload.$': '$' })), { a: 1 });
    expect(run.status).toBe('SUCCEEDED');
    expect(run.out).toMatchObject({
      ExecutedVersion: '$LATEST',
      Payload: { echo: { a: 1 } },
      SdkHttpMetadata: { HttpStatusCode: 200 },
      StatusCode: 200,
    });
    expect(run.history.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 1, 'TaskStateEntered'],
      [3, 2, 'TaskScheduled'],
      [4, 3, 'TaskStarted'],
      [5, 4, 'TaskSucceeded'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'ExecutionSucceeded'],
    ]);
    expect(run.history[2]?.taskScheduledEventDetails).toMatchObject({
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'eu-west-1',
      parameters: '{"FunctionName":"worker","Payload":{"a":1}}',
    });
    expect(run.history[0]?.executionStartedEventDetails).toMatchObject({ input: '{"a":1}', roleArn: ROLE });
    expect(run.history[5]?.stateExitedEventDetails?.name).toBe('Work');
  });

  it('by a plain function ARN gets the payload alone', async () => {
    const run = await runToEnd(
      one({ Type: 'Task', Resource: 'arn:aws:lambda:eu-west-1:000000000000:function:worker' }),
      { a: 1 },
    );
    expect(run.out).toEqual({ echo: { a: 1 } });
    expect(run.types).toEqual(expect.arrayContaining(['LambdaFunctionScheduled', 'LambdaFunctionSucceeded']));
  });

  it('fails with the function’s errorType and its payload as the Cause', async () => {
    const run = await runToEnd(one(invoke({ Payload: { fail: 'always' } })));
    expect(run.status).toBe('FAILED');
    expect(run.error).toBe('Broken');
    expect(JSON.parse(run.cause ?? '')).toEqual({
      errorType: 'Broken',
      errorMessage: 'for good',
      trace: expect.any(Array),
    });
    expect(run.types.slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
  });

  it('is retried by error name: a second TaskScheduled, and the count in the context object', async () => {
    const Retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, MaxDelaySeconds: 1, JitterStrategy: 'FULL' }];
    const run = await runToEnd(one(invoke({ Payload: { fail: 'once', 'n.$': '$$.State.RetryCount' } }, { Retry })));
    expect(run.status).toBe('SUCCEEDED');
    expect(run.types).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskFailed',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(run.history[5]?.taskScheduledEventDetails?.parameters).toContain('"n":1');
  });

  it('is caught with Error and Cause under the ResultPath', async () => {
    const run = await runToEnd(
      {
        StartAt: 'Work',
        States: {
          Work: invoke(
            { Payload: { fail: 'always' } },
            { Next: 'Never', Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Caught' }] },
          ),
          Never: { Type: 'Fail' },
          Caught: { Type: 'Succeed' },
        },
      },
      { kept: 1 },
    );
    expect(run.out).toMatchObject({ kept: 1, failure: { Error: 'Broken' } });
    expect(JSON.parse(run.out.failure.Cause).errorMessage).toBe('for good');
    expect(run.types).toEqual(
      expect.arrayContaining(['TaskFailed', 'TaskStateExited', 'SucceedStateEntered', 'SucceedStateExited']),
    );
  });

  it('times out as States.Timeout, which States.TaskFailed does not match', async () => {
    const caught = [
      { ErrorEquals: ['States.TaskFailed'], Next: 'Wrong' },
      { ErrorEquals: ['States.Timeout'], Next: 'Right' },
    ];
    const run = await runToEnd({
      StartAt: 'Work',
      States: {
        Work: invoke({ Payload: { hang: true } }, { TimeoutSeconds: 1, Next: 'Wrong', Catch: caught }),
        Wrong: { Type: 'Fail' },
        Right: { Type: 'Succeed' },
      },
    });
    expect(run.out).toEqual({ Error: 'States.Timeout', Cause: '' });
    expect(run.types).toContain('TaskTimedOut');
  });

  it.each([
    [
      'an unknown function',
      { FunctionName: 'arn:aws:lambda:eu-west-1:000000000000:function:nobody' },
      'Lambda.AWSLambdaException',
      /is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:000000000000:function:nobody .*AccessDeniedException/,
    ],
    [
      'a result over 256 KiB',
      { FunctionName: 'worker', Payload: { fail: 'big' } },
      'States.DataLimitExceeded',
      /exceeding the maximum number of bytes/,
    ],
    [
      'a path that matches nothing',
      { FunctionName: 'worker', 'Payload.$': '$.nowhere' },
      'States.Runtime',
      /^An error occurred while executing the state 'Work' \(entered at the event id #2\)/,
    ],
  ])('fails for %s in AWS’s words', async (_title, parameters, error, cause) => {
    const run = await runToEnd(one({ Type: 'Task', Resource: INVOKE, Parameters: parameters }));
    expect(run.error).toBe(error);
    expect(run.cause).toMatch(cause);
  });
});

describe('the context object', () => {
  it('has all its fields, also in an iteration', async () => {
    const run = await runToEnd(
      {
        StartAt: 'Each',
        States: {
          Each: {
            Type: 'Map',
            ItemsPath: '$.items',
            ItemSelector: { 'index.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value', 'all.$': '$.items' },
            ItemProcessor: {
              StartAt: 'Show',
              States: {
                Show: {
                  Type: 'Pass',
                  End: true,
                  Parameters: {
                    'index.$': '$.index',
                    'value.$': '$.value',
                    'inner.$': '$$.Map.Item.Index',
                    'state.$': '$$.State.Name',
                    'entered.$': '$$.State.EnteredTime',
                    'input.$': '$$.Execution.Input',
                    'id.$': '$$.Execution.Id',
                    'role.$': '$$.Execution.RoleArn',
                    'redrives.$': '$$.Execution.RedriveCount',
                    'machine.$': '$$.StateMachine.Name',
                    'text.$': "States.Format('{}/{}', $$.Execution.Name, $$.State.Name)",
                  },
                },
              },
            },
            End: true,
          },
        },
      },
      { items: ['a', 'b'] },
    );
    expect(run.out[1]).toMatchObject({
      index: 1,
      value: 'b',
      inner: 1,
      state: 'Show',
      entered: expect.stringMatching(/^\d{4}-.*Z$/),
      input: { items: ['a', 'b'] },
      id: run.executionArn,
      role: ROLE,
      redrives: 0,
      machine: expect.stringMatching(/^machine-/),
      text: `${run.name}/Show`,
    });
  });
});

describe('a Map', () => {
  const each = (payload: JsonObject, more: JsonObject = {}): JsonObject => ({
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        MaxConcurrency: 1,
        ItemProcessor: { StartAt: 'Work', States: { Work: { ...invoke(payload), End: true } } },
        ResultSelector: { 'all.$': '$[*].Payload' },
        ResultPath: '$.done',
        InputPath: '$.items',
        Next: 'Done',
        ...more,
      },
      Done: { Type: 'Succeed' },
    },
  });

  it('keeps a separate chain of events for each iteration', async () => {
    const run = await runToEnd(each({ 'Payload.$': '$' }), { items: [{ n: 0 }, { n: 1 }] });
    expect(run.out).toMatchObject({ done: { all: [{ echo: { n: 0 } }, { echo: { n: 1 } }] } });
    const iterations = run.history.filter(({ type }) => type === 'MapIterationStarted');
    const started = run.history.find(({ type }) => type === 'MapStateStarted');
    expect(started?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(iterations.map(({ previousEventId }) => previousEventId)).toEqual([started?.id, started?.id]);
    expect(iterations.map(({ mapIterationStartedEventDetails: details }) => details)).toEqual([
      { name: 'Each', index: 0 },
      { name: 'Each', index: 1 },
    ]);
    expect(run.types.filter((type) => type === 'MapIterationSucceeded')).toHaveLength(2);
    expect(run.types).toContain('MapStateSucceeded');
  });

  it('fails with its first failed iteration and aborts the others', async () => {
    const run = await runToEnd(
      each({ 'Payload.$': '$' }, { MaxConcurrency: 2, Catch: [{ ErrorEquals: ['Broken'], Next: 'Done' }] }),
      { items: [{ fail: 'always' }, { hang: true }] },
    );
    expect(run.status).toBe('SUCCEEDED');
    expect(run.types).toEqual(
      expect.arrayContaining([
        'MapIterationFailed',
        'TaskStateAborted',
        'MapIterationAborted',
        'MapStateFailed',
        'MapStateExited',
      ]),
    );
  });
});

describe('the other states', () => {
  it.each([
    [{ n: 5 }, 'Big'],
    [{ n: 1 }, 'Small'],
    [{}, 'Absent'],
  ])('choose for %j', async (input, expected) => {
    const run = await runToEnd(
      {
        StartAt: 'Look',
        States: {
          Look: {
            Type: 'Choice',
            Choices: [
              { Variable: '$.n', IsPresent: false, Next: 'Absent' },
              {
                And: [{ Variable: '$.n', NumericGreaterThan: 3 }, { Not: { Variable: '$.n', IsNull: true } }],
                Next: 'Big',
              },
            ],
            Default: 'Small',
          },
          Big: { Type: 'Pass', Result: 'Big', End: true },
          Small: { Type: 'Pass', Result: 'Small', End: true },
          Absent: { Type: 'Pass', Result: 'Absent', End: true },
        },
      },
      input,
    );
    expect(run.out).toBe(expected);
    expect(run.types.slice(1, 3)).toEqual(['ChoiceStateEntered', 'ChoiceStateExited']);
  });

  it('run branches in parallel and fail with the error and cause of a Fail state', async () => {
    const branch = (Result: string) => ({ StartAt: Result, States: { [Result]: { Type: 'Pass', Result, End: true } } });
    const run = await runToEnd({
      StartAt: 'Both',
      States: {
        Both: { Type: 'Parallel', Branches: [branch('a'), branch('b')], ResultPath: '$.both', Next: 'Stop' },
        Stop: { Type: 'Fail', ErrorPath: '$.both[0]', CausePath: "States.Format('{} then {}', $.both[0], $.both[1])" },
      },
    });
    expect([run.status, run.error, run.cause]).toEqual(['FAILED', 'a', 'a then b']);
    expect(run.types.slice(-2)).toEqual(['FailStateEntered', 'ExecutionFailed']);
  });
});

describe('an execution', () => {
  const pausing = one({ Type: 'Wait', Seconds: 60 });

  it.each([1001, -1])('refuses pages of %d', async (maxResults) => {
    const executionArn = await start(await machine(pausing));
    await expect(client.send(new GetExecutionHistoryCommand({ executionArn, maxResults }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`Value '${maxResults}' at 'maxResults' failed to satisfy constraint`),
    });
    await client.send(new StopExecutionCommand({ executionArn }));
  });

  it('can be read while it runs, in pages, and be stopped', async () => {
    const executionArn = await start(await machine(pausing));
    const first = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1 }));
    expect(first.events?.map(({ type }) => type)).toEqual(['ExecutionStarted']);
    const second = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken: first.nextToken }));
    expect(second.events?.map(({ type }) => type)).toEqual(['WaitStateEntered']);
    await client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }));
    const after = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect([after.status, after.error, after.cause]).toEqual(['ABORTED', 'Enough', 'by hand']);
    const reversed = await client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, includeExecutionData: false }),
    );
    expect(reversed.events?.map(({ type }) => type)).toEqual([
      'ExecutionAborted',
      'WaitStateAborted',
      'WaitStateEntered',
      'ExecutionStarted',
    ]);
    expect(reversed.events?.at(-1)?.executionStartedEventDetails?.input).toBeUndefined();
  });

  it('ends TIMED_OUT at the machine’s TimeoutSeconds', async () => {
    const run = await runToEnd({ ...pausing, TimeoutSeconds: 1 });
    expect(run.status).toBe('TIMED_OUT');
    expect(run.types.at(-1)).toBe('ExecutionTimedOut');
  });

  it('is unique by name: the same input returns it, another input is refused', async () => {
    const stateMachineArn = await machine(pausing);
    const again = (input: string) => client.send(new StartExecutionCommand({ stateMachineArn, name: 'once', input }));
    const first = await again('{"a":1}');
    expect((await again('{ "a": 1 }')).executionArn).toBe(first.executionArn);
    await expect(again('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await expect(client.send(new StartExecutionCommand({ stateMachineArn, name: 'no spaces' }))).rejects.toMatchObject({
      name: 'InvalidName',
    });
    await expect(again('{')).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    const running = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
    expect(running.executions?.map(({ name }) => name)).toEqual(['once']);
    await client.send(new StopExecutionCommand({ executionArn: first.executionArn ?? '' }));
    await expect(again('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('sends an event when it starts and when it ends, and is logged at the machine’s level', async () => {
    cloud.role('logging', 'states.amazonaws.com', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
    const run = await runToEnd(
      one({ Type: 'Pass' }),
      { secret: 1 },
      {
        RoleArn: 'arn:aws:iam::000000000000:role/logging',
        LoggingConfiguration: {
          Level: 'ALL',
          IncludeExecutionData: false,
          Destinations: [
            { CloudWatchLogsLogGroup: { LogGroupArn: 'arn:aws:logs:eu-west-1:000000000000:log-group:/machine:*' } },
          ],
        },
      },
    );
    const own = announced.filter(({ detail }) => detail['executionArn'] === run.executionArn);
    expect(own.map(({ detail }) => detail['status'])).toEqual(['RUNNING', 'SUCCEEDED']);
    const lines = cloud.logs.filter(({ group }) => group === '/machine').map(({ message }) => JSON.parse(message));
    expect(lines.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });
});

describe('a machine is refused', () => {
  it.each([
    ['JSONata', { ...one({ Type: 'Pass' }), QueryLanguage: 'JSONata' }, /JSONPath only/],
    ['a missing state', { StartAt: 'Gone', States: { Work: { Type: 'Succeed' } } }, /Invalid State Machine Definition/],
    [
      'an integration that is not run here',
      one({ Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync' }),
      /does not run the resource/,
    ],
    ['variables', one({ Type: 'Pass', Assign: { a: 1 } }), /Assign|variables/],
    ['an unknown function', one({ Type: 'Pass', Parameters: { 'a.$': 'States.Nothing($)' } }), /asl_payload_template/],
    [
      'an intrinsic function that the engine evaluates wrongly',
      one({ Type: 'Pass', Parameters: { 'a.$': 'States.JsonToString($)' } }),
      /JsonToString/,
    ],
    ['a retry without an interval', retried({ IntervalSeconds: 0 }), /Work: Retry\[0\]\.IntervalSeconds: .*>=1/],
    ['a retry in half a second', retried({ IntervalSeconds: 0.5 }), /Retry\[0\]\.IntervalSeconds/],
    ['a backoff rate below 1', retried({ BackoffRate: 0.5 }), /Retry\[0\]\.BackoffRate: .*>=1/],
    ['an unknown jitter strategy', retried({ JitterStrategy: 'HALF' }), /Retry\[0\]\.JitterStrategy/],
    ['an empty Result', one({ Type: 'Pass', Result: false }), /ignores a Result/],
    ['a substitution without a value', one({ Type: 'Pass', Result: '${Missing}' }), /Missing/],
  ])('for %s', async (_title, definition, message) => {
    await expect(machine(definition)).rejects.toThrow(message);
  });

  it('when Step Functions may not assume its role', async () => {
    await expect(machine(one({ Type: 'Pass' }), { RoleArn: 'arn:aws:iam::000000000000:role/writer' })).rejects.toThrow(
      /Neither the global service principal states\.amazonaws\.com/,
    );
  });
});
