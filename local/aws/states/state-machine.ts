import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError, type JsonObject, type Kernel } from '../../kernel/contracts';
import type { Definition } from './asl';
import { detailsMember, type HistoryEvent } from './history';

export interface MachineLogging {
  readonly level: 'ALL' | 'ERROR' | 'FATAL' | 'OFF';
  readonly includeExecutionData: boolean;
  readonly logGroup: string | undefined;
}

/** The members of an execution that a history listener reads. */
export interface LoggedExecution {
  readonly arn: string;
  readonly startDate: Date;
  readonly machine: { readonly name: string };
}

/** A state machine of the template. An update creates a new one; running executions keep the old one. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  /** The definition as given; DescribeStateMachine returns it. */
  readonly document: JsonObject;
  /** The definition ready to run. */
  readonly definition: Definition;
  readonly logging: MachineLogging;
  readonly tracing: boolean;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  readonly creationDate: Date;
  readonly revisionId: string;
  readonly historyListeners: readonly ((execution: LoggedExecution, event: HistoryEvent) => void)[];
}

/** Actions that a machine's role needs to log (aws-facts: states-log-permissions). */
const LOG_ACTIONS = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

/** Throws AccessDeniedException when Step Functions may not assume the role, or the role may not log. */
export function checkMachineRole(kernel: Kernel, roleArn: string, logging: MachineLogging): void {
  let principal: ReturnType<Kernel['assumeRole']>['principal'];
  try {
    principal = kernel.assumeRole(roleArn, 'states.amazonaws.com', 'create').principal;
  } catch (error) {
    throw new AwsError(
      'AccessDeniedException',
      `Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role. (${(error as Error).message})`,
    );
  }
  if (logging.level === 'OFF') return;
  try {
    kernel.authorize(
      principal,
      LOG_ACTIONS.map((action) => ({ action, resource: '*' })),
    );
  } catch (error) {
    throw new AwsError(
      'AccessDeniedException',
      `The state machine IAM Role is not authorized to access the Log Destination (${(error as Error).message})`,
    );
  }
}

/** The event types that each log level includes (Step Functions developer guide, "Logging using CloudWatch Logs"). */
const LEVELS: Readonly<Record<string, RegExp>> = {
  ALL: /./,
  ERROR: /(Failed|TimedOut|Aborted)$/,
  FATAL: /^Execution(Failed|TimedOut|Aborted)$/,
};

/** Writes executions' histories to the machine's log group: one stream per execution, one JSON line per event. */
export function logHistory(kernel: Kernel, logging: MachineLogging): StateMachine['historyListeners'] {
  const { includeExecutionData, level, logGroup } = logging;
  const pattern = LEVELS[level];
  if (pattern === undefined || logGroup === undefined) return [];
  const streams = new WeakMap<LoggedExecution, string>();
  return [
    (execution, event) => {
      if (!pattern.test(event.type)) return;
      const stream = streams.get(execution) ?? streamName(execution);
      streams.set(execution, stream);
      const line = {
        id: String(event.id),
        type: event.type,
        details: visibleDetails(event, includeExecutionData) ?? {},
        previous_event_id: String(event.previousEventId),
        event_timestamp: String(event.timestamp.getTime()),
        execution_arn: execution.arn,
      };
      kernel.writeLog(logGroup, stream, JSON.stringify(line), event.timestamp.getTime());
    },
  ];
}

/** An event in the shape of GetExecutionHistory. */
export function describeEvent(event: HistoryEvent, includeData: boolean) {
  const details = visibleDetails(event, includeData);
  return {
    timestamp: event.timestamp,
    type: event.type,
    id: event.id,
    previousEventId: event.previousEventId,
    ...(details === undefined ? {} : { [detailsMember(event.type)]: details }),
  };
}

const DATA_MEMBERS = new Set(['input', 'inputDetails', 'output', 'outputDetails', 'parameters', 'error', 'cause']);

function visibleDetails(event: HistoryEvent, includeData: boolean): HistoryEvent['details'] {
  if (includeData || event.details === undefined) return event.details;
  return Object.fromEntries(Object.entries(event.details).filter(([member]) => !DATA_MEMBERS.has(member)));
}

function streamName(execution: LoggedExecution): string {
  const started = execution.startDate.toISOString().slice(0, 16).replace(/[T:]/g, '-');
  return `states/${execution.machine.name}/${started}/${randomBytes(4).toString('hex')}`;
}

export function newRevisionId(): string {
  return randomUUID();
}
