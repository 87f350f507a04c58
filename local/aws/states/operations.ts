import { AwsError, type JsonObject, type Operations } from '../../kernel/contracts';
import type { Execution } from './execution';
import type { MachineRegistry } from './registry';
import { describeEvent, type StateMachine } from './state-machine';

export function statesOperations(machines: MachineRegistry): Operations {
  const onMachine = (action: string) => (input: JsonObject) => [
    { action: `states:${action}`, resource: String(input['stateMachineArn']) },
  ];
  const onExecution = (action: string) => (input: JsonObject) => [
    { action: `states:${action}`, resource: String(input['executionArn']) },
  ];
  const execution = (input: JsonObject) => machines.execution(String(input['executionArn']));
  return {
    StartExecution: {
      grants: onMachine('StartExecution'),
      handle: (input) => {
        const started = machines.start(String(input['stateMachineArn']), text(input['name']), text(input['input']));
        return { executionArn: started.arn, startDate: started.startDate };
      },
    },
    StopExecution: {
      grants: onExecution('StopExecution'),
      handle: async (input) => {
        const stopped = execution(input);
        await stopped.stop(text(input['error']), text(input['cause']));
        return { stopDate: stopped.stopDate };
      },
    },
    DescribeExecution: {
      grants: onExecution('DescribeExecution'),
      handle: (input) => describeExecution(execution(input)),
    },
    GetExecutionHistory: {
      grants: onExecution('GetExecutionHistory'),
      handle: (input) => {
        const { events } = execution(input).history;
        const ordered = input['reverseOrder'] === true ? [...events].reverse() : events;
        const { items, nextToken } = page(ordered, input, 1000);
        const includeData = input['includeExecutionData'] !== false;
        return { events: items.map((event) => describeEvent(event, includeData)), nextToken };
      },
    },
    ListExecutions: {
      grants: onMachine('ListExecutions'),
      handle: (input) => {
        const { arn } = machines.machine(String(input['stateMachineArn']));
        const wanted = text(input['statusFilter']);
        const matching = machines.executionsOf(arn).filter(({ status }) => wanted === undefined || status === wanted);
        const { items, nextToken } = page(matching, input, 1000);
        return { executions: items.map(summary), nextToken };
      },
    },
    DescribeStateMachine: {
      grants: onMachine('DescribeStateMachine'),
      handle: (input) => describeMachine(machines.machine(String(input['stateMachineArn']))),
    },
    DescribeStateMachineForExecution: {
      grants: onExecution('DescribeStateMachineForExecution'),
      handle: (input) => {
        const { creationDate, status: _status, type: _type, ...described } = describeMachine(execution(input).machine);
        return { ...described, updateDate: creationDate };
      },
    },
    ListStateMachines: {
      grants: () => [{ action: 'states:ListStateMachines', resource: '*' }],
      handle: (input) => {
        const { items, nextToken } = page(machines.all(), input, 1000);
        const stateMachines = items.map(({ arn, creationDate, name }) => ({
          stateMachineArn: arn,
          name,
          type: 'STANDARD',
          creationDate,
        }));
        return { stateMachines, nextToken };
      },
    },
    ListTagsForResource: {
      grants: (input) => [{ action: 'states:ListTagsForResource', resource: String(input['resourceArn']) }],
      handle: (input) => ({
        tags: machines.machine(String(input['resourceArn'])).tags.map(({ Key, Value }) => ({ key: Key, value: Value })),
      }),
    },
  };
}

function describeExecution(execution: Execution) {
  const { arn, cause, error, input, machine, name, output, startDate, status, stopDate } = execution;
  const retryable = status === 'FAILED' || status === 'ABORTED' || status === 'TIMED_OUT';
  return {
    executionArn: arn,
    stateMachineArn: machine.arn,
    name,
    status,
    startDate,
    stopDate,
    input: JSON.stringify(input),
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output: JSON.stringify(output), outputDetails: { included: true } }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: retryable
      ? 'The local cloud does not redrive executions'
      : `Execution is ${status} and cannot be redriven`,
  };
}

function summary({ arn, machine, name, startDate, status, stopDate }: Execution) {
  return { executionArn: arn, stateMachineArn: machine.arn, name, status, startDate, stopDate, redriveCount: 0 };
}

function describeMachine(machine: StateMachine) {
  const { logGroup } = machine.logging;
  const [, partition, , region, account] = machine.arn.split(':');
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: 'ACTIVE',
    definition: JSON.stringify(machine.document),
    roleArn: machine.roleArn,
    type: 'STANDARD',
    creationDate: machine.creationDate,
    loggingConfiguration: {
      level: machine.logging.level,
      includeExecutionData: machine.logging.includeExecutionData,
      destinations:
        logGroup === undefined
          ? []
          : [
              {
                cloudWatchLogsLogGroup: {
                  logGroupArn: `arn:${partition}:logs:${region}:${account}:log-group:${logGroup}:*`,
                },
              },
            ],
    },
    tracingConfiguration: { enabled: machine.tracing },
    revisionId: machine.revisionId,
  };
}

/** maxResults 0 or absent means 100; over `most` it is refused. Throws ValidationException, InvalidToken. */
function page<Item>(
  items: readonly Item[],
  input: JsonObject,
  most: number,
): { items: readonly Item[]; nextToken: string | undefined } {
  const size = Number(input['maxResults'] ?? 0) || 100;
  if (!Number.isInteger(size) || size < 0 || size > most) {
    const bound = size < 0 ? 'greater than or equal to 0' : `less than or equal to ${most}`;
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${String(input['maxResults'])}' at 'maxResults' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  const token = text(input['nextToken']);
  const from =
    token === undefined
      ? 0
      : Number(
          Buffer.from(token, 'base64url')
            .toString('utf8')
            .replace(/^from:/, ''),
        );
  if (!Number.isInteger(from) || from < 0 || from > items.length) {
    throw new AwsError('InvalidToken', `Invalid Token: 'Invalid token'`);
  }
  const end = from + size;
  return {
    items: items.slice(from, end),
    nextToken: end < items.length ? Buffer.from(`from:${end}`).toString('base64url') : undefined,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
