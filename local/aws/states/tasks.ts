import { randomUUID } from 'node:crypto';
import { AwsError, type Json, type JsonObject, type Kernel, type Output, type Principal } from '../../kernel/contracts';
import type { Invoker } from '../lambda/invoker';
import type { Invocation } from '../lambda/lambda-function';
import { DATA_LIMIT, dataSize, StatesError } from './asl';
import type { EventDetails, History } from './history';
import { dataDetails, type RunTask, Stopped, type TaskCall } from './run-states';

/** Node's longest timer, in seconds. Step Functions' default timeout, 99,999,999 s, is longer. */
const LONGEST_TIMER = 2_147_483;

interface TaskKind {
  /** The prefix of the task's event types. */
  readonly events: 'Task' | 'LambdaFunction';
  readonly identity: EventDetails;
  run(input: Json): Promise<Json>;
}

/** Runs Tasks as the machine's role and records their events. */
export function createTaskRunner(
  kernel: Kernel,
  invoker: Pick<Invoker, 'invokeAs'>,
  principal: Principal,
  history: History,
): RunTask {
  const kindOf = (resource: string): TaskKind => {
    if (!resource.includes(':states:::')) return lambdaArn(invoker, principal, resource);
    const [, service = '', action = ''] = /:states:::([\w-]+):(\w+)$/.exec(resource) ?? [];
    const identity = { resourceType: service, resource: action };
    const run =
      service === 'lambda'
        ? (input: Json) => invokeLambda(kernel, invoker, principal, input)
        : (input: Json) => publish(kernel, principal, input);
    return { events: 'Task', identity, run };
  };
  return (task) => runTask(kernel, history, kindOf(task.resource), task);
}

async function runTask(kernel: Kernel, history: History, kind: TaskKind, task: TaskCall): Promise<Json> {
  const { events, identity } = kind;
  const { input, timeoutSeconds, trail } = task;
  const timeout = timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds };
  history.record(
    trail,
    `${events}Scheduled`,
    events === 'Task'
      ? { ...identity, region: kernel.region, parameters: JSON.stringify(input), ...timeout }
      : { ...identity, ...dataDetails('input', input), ...timeout },
  );
  history.record(trail, `${events}Started`, events === 'Task' ? identity : undefined);
  try {
    const result = await withTimeout(kind.run(input), task);
    if (dataSize(result) > DATA_LIMIT) {
      throw new StatesError(
        'States.DataLimitExceeded',
        `The state/task '${task.resource}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      );
    }
    history.record(trail, `${events}Succeeded`, { ...ofTask(kind), ...dataDetails('output', result) });
    return result;
  } catch (error) {
    if (!(error instanceof StatesError)) throw error;
    const type = error.name === 'States.Timeout' ? `${events}TimedOut` : `${events}Failed`;
    history.record(trail, type, { ...ofTask(kind), error: error.name, cause: error.cause });
    throw error;
  }
}

function ofTask(kind: TaskKind): EventDetails {
  return kind.events === 'Task' ? kind.identity : {};
}

async function withTimeout(work: Promise<Json>, { signal, timeoutSeconds }: TaskCall): Promise<Json> {
  const seconds = Math.min(timeoutSeconds ?? LONGEST_TIMER, LONGEST_TIMER);
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StatesError('States.Timeout', undefined)), seconds * 1000);
    stop = () => reject(new Stopped());
    signal.addEventListener('abort', stop, { once: true });
  });
  // As on AWS, a stopped or timed-out Task continues; its late failure must not be an unhandled rejection.
  work.catch(() => undefined);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function lambdaArn(invoker: Pick<Invoker, 'invokeAs'>, principal: Principal, resource: string): TaskKind {
  const run = async (input: Json) =>
    payloadOf(await call('Lambda', () => invoker.invokeAs(principal, resource, JSON.stringify(input))));
  return { events: 'LambdaFunction', identity: { resource }, run };
}

/** `lambda:invoke`: the result is Lambda's response, with the payload as a member. */
async function invokeLambda(
  kernel: Kernel,
  invoker: Pick<Invoker, 'invokeAs'>,
  principal: Principal,
  input: Json,
): Promise<Json> {
  const parameters = checkParameters(
    input,
    ['FunctionName', 'Payload', 'InvocationType', 'Qualifier', 'LogType', 'ClientContext'],
    'lambda:invoke',
  );
  const { FunctionName, InvocationType = 'RequestResponse', Payload = {}, Qualifier } = parameters;
  if (InvocationType !== 'RequestResponse') {
    throw new StatesError(
      'States.Runtime',
      `The local cloud runs InvocationType RequestResponse only, not ${String(InvocationType)}.`,
    );
  }
  const qualifier = typeof Qualifier === 'string' ? Qualifier : undefined;
  const invocation = await call('Lambda', () =>
    invoker.invokeAs(principal, String(FunctionName), JSON.stringify(Payload), qualifier),
  );
  const payload = payloadOf(invocation);
  const headers = {
    Connection: 'keep-alive',
    'Content-Length': String(Buffer.byteLength(invocation.payload)),
    'Content-Type': 'application/json',
    Date: kernel.now().toUTCString(),
    'X-Amz-Executed-Version': invocation.executedVersion,
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': invocation.requestId,
  };
  return {
    ExecutedVersion: invocation.executedVersion,
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: invocation.requestId },
    StatusCode: 200,
  };
}

async function publish(kernel: Kernel, principal: Principal, input: Json): Promise<Json> {
  const parameters = checkParameters(input, ['TopicArn', 'Message', 'Subject', 'MessageAttributes'], 'sns:publish');
  const { Message } = parameters;
  const message = typeof Message === 'string' ? Message : JSON.stringify(Message);
  const output: Output = await call('SNS', () =>
    kernel.call('sns', 'Publish', { ...parameters, Message: message }, principal),
  );
  const requestId = randomUUID();
  return {
    MessageId: String(output['MessageId']),
    SdkHttpMetadata: { AllHttpHeaders: {}, HttpHeaders: { 'x-amzn-RequestId': requestId }, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

/**
 * The payload of a successful invocation. A function's error becomes a StatesError: errorType is the Error, the
 * payload's text the Cause.
 */
function payloadOf(invocation: Invocation): Json {
  const payload = JSON.parse(invocation.payload) as Json;
  if (invocation.functionError === undefined) return payload;
  const errorType = (payload as JsonObject | null)?.['errorType'];
  if (typeof errorType === 'string' && errorType !== '') throw new StatesError(errorType, invocation.payload);
  throw new StatesError(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${invocation.payload}`,
  );
}

/**
 * Turns a service's error into the StatesError that Step Functions reports; access errors are
 * `<Service>.AWS<Service>Exception`.
 */
async function call<Result>(service: 'Lambda' | 'SNS', work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsError)) throw new StatesError(`${service}.SdkClientException`, String(error));
    const denied = error.code.startsWith('AccessDenied');
    const generic = service === 'Lambda' ? 'Lambda.AWSLambdaException' : 'SNS.AmazonSNSException';
    const name = denied
      ? generic
      : `${service}.${error.code.endsWith('Exception') ? error.code : `${error.code}Exception`}`;
    const code = denied ? 'AccessDeniedException' : error.code;
    const trailer = `(Service: ${service === 'Lambda' ? 'AWSLambda' : 'AmazonSNS'}; Status Code: ${error.status}; Error Code: ${code}; Request ID: ${randomUUID()}; Proxy: null)`;
    throw new StatesError(name, `${error.message} ${trailer}`);
  }
}

function checkParameters(input: Json, known: readonly string[], resource: string): JsonObject {
  const parameters = typeof input === 'object' && input !== null && !Array.isArray(input) ? input : {};
  const unknown = Object.keys(parameters).filter((name) => !known.includes(name));
  if (unknown.length === 0 && parameters[known[0] ?? ''] !== undefined) return parameters;
  const fault = unknown.length > 0 ? `does not support ${unknown.join(', ')}` : `needs ${known[0]}`;
  throw new StatesError('States.Runtime', `Parameters of ${resource} are wrong: it ${fault}.`);
}
