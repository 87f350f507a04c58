import { CloudFormationClient, paginateDescribeStackEvents, type StackEvent } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeServicesCommand, ECSClient, ListServicesCommand, type Service } from '@aws-sdk/client-ecs';
import { lastExecution, readTimeline } from '../../aws/executions';
import { readLogin } from '../../aws/login';
import type { Stack } from '../../aws/stack';
import { findWorkspace } from '../../aws/workspace';
import type { Context } from '../../context';
import { errorMessage, errorName } from '../../problem';
import { conclude } from '../../watch/conclusion';
import { bad, type Finding, good, note } from './finding';
import { stoppedReason } from './stopped-task';

/** A deployment of the same template changes nothing. */
const revert = 'A deploy does not bring it back; see "The stack differs from its template" in docs/troubleshooting.md.';

/** The stack's status; after a failed deployment the first failed resource, which caused the other failures. */
export async function stackState(context: Context, stack: Stack): Promise<Finding> {
  if (!/FAILED|ROLLBACK/.test(stack.status)) return good('stack', `${stack.name} is ${stack.status}`);
  const first = await firstFailure(context, stack);
  const cause = first
    ? `${first.LogicalResourceId} (${first.ResourceType}): ${first.ResourceStatusReason}`
    : 'no failed resource in its events';
  const crash = first && (await crashOf(context, first));
  return bad(
    'stack',
    [`${stack.name} is ${stack.status}. First failure: ${cause}`, crash].filter(Boolean).join('. '),
    remedyForStack(context, stack),
  );
}

/**
 * The first failure of the stack's last operation; older operations have their own. Undefined when none is in its
 * events.
 */
async function firstFailure(context: Context, stack: Stack): Promise<StackEvent | undefined> {
  const client = await context.client(CloudFormationClient);
  let first: StackEvent | undefined;
  // Newest first, a page at a time.
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: stack.name })) {
    for (const event of StackEvents) {
      const { PhysicalResourceId, ResourceStatus = '', ResourceStatusReason = '', StackId } = event;
      const isStack = PhysicalResourceId === StackId;
      if (isStack && /^(CREATE|UPDATE|DELETE|IMPORT)_IN_PROGRESS$/.test(ResourceStatus)) return first;
      // What CloudFormation cancelled because of another failure is not a cause.
      if (!isStack && ResourceStatus.endsWith('_FAILED') && !/cancelled/i.test(ResourceStatusReason)) first = event;
    }
  }
  return first;
}

/**
 * Why the tasks of a failed service stopped, if the service still exists. Its physical id is
 * `arn:…:service/<cluster>/<service>`.
 */
async function crashOf(context: Context, { PhysicalResourceId = '', ResourceType }: StackEvent) {
  const [, cluster, service] = PhysicalResourceId.split('/');
  if (ResourceType !== 'AWS::ECS::Service' || !cluster || !service) return undefined;
  return stoppedReason(context, cluster, service);
}

/** What CloudFormation allows in the stack's status. */
function remedyForStack(context: Context, { name, status }: Stack): string {
  const deploy = `\`${context.command('deploy')}\``;
  const remove = `\`${context.command('remove')}\``;
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return `CloudFormation takes no deploy in this state: run \`aws cloudformation continue-update-rollback --stack-name ${name}\`, then mend the cause and ${deploy}.`;
  if (status === 'DELETE_FAILED') return `Mend the cause, then ${remove} again.`;
  if (/^(ROLLBACK|CREATE)_/.test(status)) return `Mend the cause, then ${remove}, then ${deploy}.`;
  return `Mend the cause, then ${deploy}.`;
}

/** The services: running and desired tasks, and ECS's messages when they differ. */
export async function services(context: Context, stack: Stack): Promise<readonly Finding[]> {
  const cluster = stack.outputs['ClusterName'];
  if (!cluster) return [];
  const client = await context.client(ECSClient);
  const { serviceArns = [] } = await client.send(new ListServicesCommand({ cluster }));
  if (serviceArns.length === 0) return [bad('services', `the cluster ${cluster} has no service`, revert)];
  const { services: found = [] } = await client.send(new DescribeServicesCommand({ cluster, services: serviceArns }));
  return Promise.all(found.map((service) => serviceState(context, cluster, service)));
}

async function serviceState(context: Context, cluster: string, service: Service): Promise<Finding> {
  const { serviceName = '', runningCount = 0, desiredCount = 0, events = [] } = service;
  const about = `service ${serviceName}`;
  if (runningCount >= desiredCount && desiredCount > 0)
    return good(about, `${runningCount} of ${desiredCount} tasks run`);
  const stopped = await stoppedReason(context, cluster, serviceName);
  const said = events[0]?.message;
  return bad(
    about,
    [`${runningCount} of ${desiredCount} tasks run`, said, stopped].filter(Boolean).join('. '),
    remedyFor(desiredCount, `${said} ${stopped}`),
  );
}

/** The remedy for a service that does not run, chosen by ECS's messages. */
export function remedyFor(desiredCount: number, said: string): string {
  if (desiredCount === 0)
    return 'An interrupted removal leaves a service so: run the setup, which starts it again, or the removal to its end.';
  if (/toomanyrequests|pull rate limit/i.test(said))
    return 'Docker Hub has a limit of pulls for the NAT gateway’s address. Wait and deploy again, or take lokiImage, tempoImage and prometheusImage from the account’s own registry; see "Docker Hub’s pull limit" in docs/troubleshooting.md.';
  if (/CannotPullContainer/.test(said))
    return 'The image cannot be fetched: look at the way out of the private subnets (NAT gateway, routes) and at the image parameters; see "A service does not start" in docs/troubleshooting.md.';
  return 'Mend what the log of the container says; see "A service does not start" in docs/troubleshooting.md.';
}

/** The last run of the setup machine. */
export async function lastSetup(context: Context, stack: Stack): Promise<Finding> {
  const machine = stack.outputs['SetupStateMachineArn'];
  if (!machine)
    return bad('setup', 'the stack has no setup machine', `Deploy again: \`${context.command('deploy')}\`.`);
  const client = await context.stepFunctions();
  const last = await lastExecution(client, machine);
  if (!last) return note('setup', 'it never ran', `Run it: \`${context.command('setup')}\`.`);
  if (last.status === 'RUNNING')
    return note(
      'setup',
      `${last.name} is under way`,
      `Follow it: \`${context.command(`setup --watch ${last.arn}`)}\`.`,
    );
  if (last.status === 'SUCCEEDED')
    return good('setup', `succeeded at ${last.endedAt?.toISOString() ?? 'an unknown time'}`);
  const { failedStep, error, cause } = conclude('setup', await readTimeline(client, last.arn));
  return bad(
    'setup',
    `${last.status} at ${failedStep ?? 'its start'}: ${error}, ${cause}`,
    `Do what it says, then \`${context.command('setup')}\`. \`${context.command('report')}\` shows every step.`,
  );
}

/** Can anybody log in to the workspace? */
export async function workspaceAccess(context: Context, stack: Stack): Promise<readonly Finding[]> {
  const client = await context.grafana();
  const workspace = await findWorkspace(client, stack);
  if (!workspace)
    return [note('workspace', 'there is none yet', `The setup makes it: \`${context.command('setup')}\`.`)];
  if (workspace.status !== 'ACTIVE')
    return [
      bad(
        'workspace',
        `${workspace.id} is ${workspace.status}`,
        'Look at it in the AMG console; delete it there when it cannot recover, then run the setup.',
      ),
    ];
  const { anybody, text } = await readLogin(client, workspace);
  return [
    good('workspace', `${workspace.id} is ACTIVE, Grafana ${workspace.version}`),
    anybody ? good('log-in', text) : note('log-in', text),
  ];
}

/** Error lines of the last hour in a log group, as evidence for a symptom. */
export async function logErrors(
  context: Context,
  about: string,
  logGroupName: string,
  filterPattern: string,
  remedy: string,
): Promise<Finding> {
  const client = await context.client(CloudWatchLogsClient);
  try {
    const { events = [] } = await client.send(
      new FilterLogEventsCommand({ logGroupName, filterPattern, startTime: Date.now() - 3_600_000, limit: 20 }),
    );
    const last = events.at(-1)?.message?.trim();
    if (!last) return good(about, `no error in ${logGroupName} in the last hour`);
    return bad(
      about,
      `${events.length} error lines in ${logGroupName} in the last hour; the last: ${last.slice(0, 300)}`,
      remedy,
    );
  } catch (error) {
    if (errorName(error) === 'ResourceNotFoundException')
      return bad(about, `there is no log group ${logGroupName}`, revert);
    return note(about, `${logGroupName} could not be read: ${errorName(error)}, ${errorMessage(error)}`);
  }
}
