import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  type Container,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import type { Context } from '../../context';
import { errorName } from '../../problem';

/** How many lines of a container's log are read, from its end. */
const LINES = 50;
const LONGEST_LINE = 300;

/**
 * Why the service's last crashed task stopped, or its last stopped task when none crashed: ECS's reason, and each
 * failed container with its log group and the log line that shows the cause.
 */
export async function stoppedReason(
  context: Context,
  cluster: string,
  serviceName: string,
): Promise<string | undefined> {
  try {
    const client = await context.client(ECSClient);
    const { taskArns = [] } = await client.send(
      new ListTasksCommand({ cluster, serviceName, desiredStatus: 'STOPPED' }),
    );
    if (taskArns.length === 0) return undefined;
    const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 100) }));
    const task = tasks.filter(hasCrashed).sort(byStop)[0] ?? tasks[0];
    const failed = (task?.containers ?? []).filter(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
    const told = await Promise.all(failed.map((container) => describeContainer(context, client, task, container)));
    return [task?.stoppedReason, ...told].filter(Boolean).join('; ');
  } catch (error) {
    return `its stopped tasks could not be read (${errorName(error)})`;
  }
}

/** ECS ends the containers of a task that it stops itself by a signal: exit code 143 or 137. */
function hasCrashed({ containers = [] }: Task): boolean {
  return containers.some(({ exitCode = 0 }) => ![0, 137, 143].includes(exitCode));
}

/** Latest first. */
function byStop(one: Task, other: Task): number {
  return (other.stoppedAt?.getTime() ?? 0) - (one.stoppedAt?.getTime() ?? 0);
}

async function describeContainer(
  context: Context,
  client: ECSClient,
  task: Task | undefined,
  { exitCode, name = '', reason }: Container,
): Promise<string> {
  const ended = `${name} ended with ${exitCode}${reason ? ` (${reason})` : ''}`;
  const log = await readLog(context, client, task, name).catch((error: unknown) => ({
    group: undefined,
    problem: errorName(error),
  }));
  if (log === undefined) return ended;
  if ('problem' in log) return `${ended}, its log could not be read (${log.problem})`;
  return log.line ? `${ended}, and says in ${log.group}: ${log.line}` : `${ended}, and ${log.group} has no line of it`;
}

/** The awslogs driver writes each container to the stream `<prefix>/<container>/<task id>` of its group. */
async function readLog(context: Context, client: ECSClient, task: Task | undefined, container: string) {
  const { taskDefinition } = await client.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: task?.taskDefinitionArn }),
  );
  const definition = taskDefinition?.containerDefinitions?.find(({ name }) => name === container);
  const options = definition?.logConfiguration?.options;
  const group = options?.['awslogs-group'];
  if (!group) return undefined;
  const logs = await context.client(CloudWatchLogsClient);
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({
      logGroupName: group,
      logStreamName: `${options?.['awslogs-stream-prefix']}/${container}/${task?.taskArn?.split('/').at(-1)}`,
      limit: LINES,
      startFromHead: false,
    }),
  );
  return { group, line: tellingLine(events.map(({ message = '' }) => message)) };
}

/**
 * The log line that shows why a program ended: the last line that has the words of an error and is not a frame of a
 * stack trace, because a crash is at the end of the log and a stack trace follows its error. Without such a line, the
 * last line.
 */
export function tellingLine(lines: readonly string[]): string | undefined {
  const written = lines.map((line) => line.trim()).filter((line) => line !== '' && !/^at\s|^[{}\])^~]+$/.test(line));
  const tells = /error|fatal|panic|missing|invalid|required|cannot|denied|refused|failed|not found/i;
  const line = written.findLast((text) => tells.test(text)) ?? written.at(-1);
  return line?.slice(0, LONGEST_LINE);
}
