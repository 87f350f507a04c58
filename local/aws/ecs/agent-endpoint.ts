import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { AwsError, type Kernel, type TemporaryCredentials } from '../../kernel/contracts';
import type { Container } from './container';
import type { TaskDefinition } from './task-definition';

const METADATA = '/ecs/v4/';
const CREDENTIALS = '/ecs/credentials/';
/** Credentials are renewed when they expire within this time, ms. */
const RENEW_BEFORE = 15 * 60_000;

/** The members of a task that the metadata endpoint returns. */
interface DescribedTask {
  readonly id: string;
  readonly arn: string;
  readonly options: { readonly clusterArn: string };
  readonly definition: TaskDefinition;
  readonly desiredStatus: string;
  readonly lastStatus: string;
  readonly containers: readonly Container[];
}

interface Session {
  readonly roleArn: string;
  readonly token: string;
  credentials: TemporaryCredentials | undefined;
}

/** The ECS agent's endpoints for containers: task metadata v4 and the task role's credentials. */
export class AgentEndpoint {
  private readonly sessions = new Map<string, Session>();
  private readonly places = new Map<string, { readonly task: DescribedTask; readonly container: () => Container }>();

  constructor(private readonly kernel: Kernel) {
    kernel.registerRaw(async (request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      if (path.startsWith(METADATA)) this.metadata(path.slice(METADATA.length), response);
      else if (path.startsWith(CREDENTIALS)) {
        this.credentials(path.slice(CREDENTIALS.length), request.headers.authorization ?? '', response);
      } else return false;
      return true;
    });
  }

  /** Throws ECS's error when ECS may not assume the task role. */
  grant(taskId: string, roleArn: string): void {
    const session = { roleArn, token: randomBytes(32).toString('base64url'), credentials: undefined };
    this.sessions.set(taskId, session);
    try {
      this.renew(taskId, session);
    } catch (error) {
      this.sessions.delete(taskId);
      throw new AwsError(
        'ClientException',
        `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed ` +
          `has the proper trust relationship and permissions and that your IAM user has permissions to pass this role. (${(error as Error).message})`,
      );
    }
  }

  revoke(taskId: string): void {
    this.sessions.delete(taskId);
    for (const [id, { task }] of this.places) if (task.id === taskId) this.places.delete(id);
  }

  /** The variables that the agent sets in a container. */
  environment(task: DescribedTask, container: () => Container): Record<string, string> {
    const place = randomBytes(16).toString('hex');
    this.places.set(place, { task, container });
    const session = this.sessions.get(task.id);
    return {
      ECS_CONTAINER_METADATA_URI_V4: `${this.kernel.endpoint}${METADATA}${place}`,
      ...(session === undefined
        ? {}
        : {
            AWS_CONTAINER_CREDENTIALS_FULL_URI: `${this.kernel.endpoint}${CREDENTIALS}${task.id}`,
            AWS_CONTAINER_AUTHORIZATION_TOKEN: session.token,
          }),
    };
  }

  private renew(taskId: string, session: Session): TemporaryCredentials {
    const { credentials } = session;
    if (credentials !== undefined && credentials.expiration.getTime() - this.kernel.now().getTime() > RENEW_BEFORE)
      return credentials;
    session.credentials = this.kernel.assumeRole(session.roleArn, 'ecs-tasks.amazonaws.com', taskId).credentials;
    return session.credentials;
  }

  private credentials(taskId: string, authorization: string, response: ServerResponse): void {
    const session = this.sessions.get(taskId);
    if (session === undefined || !sameText(authorization, session.token)) {
      send(response, 403, { code: 'AccessDenied', message: 'The authorization token is missing or wrong.' });
      return;
    }
    const credentials = this.renew(taskId, session);
    send(response, 200, {
      RoleArn: session.roleArn,
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      Token: credentials.sessionToken,
      Expiration: credentials.expiration.toISOString(),
    });
  }

  private metadata(rest: string, response: ServerResponse): void {
    const [place = '', ...member] = rest.split('/');
    const found = this.places.get(place);
    const what = member.join('/');
    if (found === undefined || !['', 'task'].includes(what)) {
      send(response, 404, { message: `The local cloud has no metadata at ${rest}.` });
      return;
    }
    send(response, 200, what === 'task' ? describeTask(found.task) : describeContainer(found.task, found.container()));
  }
}

function describeTask(task: DescribedTask) {
  return {
    Cluster: task.options.clusterArn,
    TaskARN: task.arn,
    Family: task.definition.Family,
    Revision: String(task.definition.revision),
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.lastStatus,
    Limits: { CPU: Number(task.definition.Cpu) / 1024, Memory: Number(task.definition.Memory) },
    LaunchType: 'FARGATE',
    Containers: task.containers.map((container) => describeContainer(task, container)),
  };
}

function describeContainer(task: DescribedTask, container: Container) {
  return {
    DockerId: container.runtimeId,
    Name: container.definition.Name,
    DockerName: container.definition.Name,
    Image: container.definition.Image,
    Labels: {
      'com.amazonaws.ecs.cluster': task.options.clusterArn,
      'com.amazonaws.ecs.container-name': container.definition.Name,
      'com.amazonaws.ecs.task-arn': task.arn,
      'com.amazonaws.ecs.task-definition-family': task.definition.Family,
      'com.amazonaws.ecs.task-definition-version': String(task.definition.revision),
    },
    DesiredStatus: task.desiredStatus,
    KnownStatus: container.status,
    ...(container.startedAt === undefined ? {} : { StartedAt: container.startedAt.toISOString() }),
    Type: 'NORMAL',
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['127.0.0.1'] }],
  };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
