import { AwsError, type Kernel } from '../../kernel/contracts';
import type { ContainerDefinition, TaskDefinition } from './task-definition';

/**
 * The awslogs driver: writes the stream `<prefix>/<container>/<task>` as the execution role.
 * Throws ResourceInitializationError when the role lacks the permission; the task then stops.
 */
export function openContainerLog(
  kernel: Kernel,
  task: TaskDefinition,
  { LogConfiguration, Name }: ContainerDefinition,
  taskId: string,
): (line: string) => void {
  if (LogConfiguration === undefined) return () => undefined;
  const { 'awslogs-group': group = '', 'awslogs-stream-prefix': prefix = 'ecs' } = LogConfiguration.Options;
  const stream = `${prefix}/${Name}/${taskId}`;
  checkRole(kernel, task.ExecutionRoleArn, group, stream, taskId);
  let lost = false;
  return (line) => {
    if (lost) return;
    try {
      kernel.writeLog(group, stream, line);
    } catch (error) {
      lost = true;
      const message = error instanceof Error ? error.message : String(error);
      kernel.journal({
        service: 'logs',
        operation: 'PutLogEvents',
        method: 'POST',
        path: `${group}/${stream}`,
        status: 400,
        ms: 0,
        error: `${message} The log of this container is lost.`,
      });
    }
  };
}

function checkRole(kernel: Kernel, roleArn: string | undefined, group: string, stream: string, taskId: string): void {
  const resource = `arn:${kernel.partition}:logs:${kernel.region}:${kernel.accountId}:log-group:${group}:log-stream:${stream}`;
  try {
    if (roleArn === undefined) throw new AwsError('AccessDeniedException', 'the task definition has no execution role');
    const { principal } = kernel.assumeRole(roleArn, 'ecs-tasks.amazonaws.com', taskId);
    kernel.authorize(principal, [
      { action: 'logs:CreateLogStream', resource },
      { action: 'logs:PutLogEvents', resource },
    ]);
  } catch (error) {
    throw new AwsError(
      'ResourceInitializationError',
      'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: ' +
        `failed to create Cloudwatch log stream: AccessDeniedException: ${(error as Error).message} : exit status 1`,
    );
  }
}
