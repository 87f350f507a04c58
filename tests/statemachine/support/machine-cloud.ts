import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type DocumentOptions, type ParseOptions, parse, type SchemaOptions } from 'yaml';
import { connectAlarms } from '../../../functions/adapters/alarms';
import { connectAmg } from '../../../functions/adapters/amg';
import { connectExecutions } from '../../../functions/adapters/executions';
import { connectFunctionNetworks } from '../../../functions/adapters/function-networks';
import { connectSchedules } from '../../../functions/adapters/schedules';
import { createCloudFormation } from '../../../local/aws/cloudformation';
import { createCloudWatch } from '../../../local/aws/cloudwatch';
import { createEc2, type NetworkInterface } from '../../../local/aws/ec2';
import { createEvents } from '../../../local/aws/events';
import { createIam } from '../../../local/aws/iam';
import { createLambda } from '../../../local/aws/lambda';
import { createLogs } from '../../../local/aws/logs';
import { createGrafana, type GrafanaOptions } from '../../../local/aws/managed-grafana';
import { createPassive } from '../../../local/aws/passive';
import { createS3 } from '../../../local/aws/s3';
import { createStandInS3 } from '../../../local/aws/s3/stand-in';
import { createSns } from '../../../local/aws/sns';
import { createStates } from '../../../local/aws/states';
import { resolveBackend } from '../../../local/engines';
import type { JsonObject, Principal, ServiceModule } from '../../../local/kernel/contracts';
import { createKernel } from '../../../local/kernel/create-kernel';
import { answeringServer } from '../../helpers/answering-server';
import { dataProcessor, healthyEngines } from './beyond-the-stack';
import type { Definitions, MachineName } from './packaged-machine';
import { createSteadyEcs } from './steady-ecs';

const REGION = 'eu-west-1';
const ACCOUNT = '000000000000';
const STACK = 'stack';
const AUDIT_BUCKET = 'audit-bucket';
const root = join(__dirname, '../../..');

/** An item of VerifySignals. */
type Item = string | { readonly service: { readonly name: string } };
const nameOf = (item: Item) => (typeof item === 'string' ? item : `service ${item.service.name}`);

type Handler = (event: unknown, context: object) => Promise<unknown>;

/** Lets a scenario change a function's result, before or instead of its handler. */
export type Override = (event: unknown, real: () => Promise<unknown>) => Promise<unknown>;

export interface MachineCloudOptions {
  readonly grafana?: GrafanaOptions;
  readonly environment?: Readonly<Record<string, string>>;
  /** AWS's clock, if it differs from the functions' clock. */
  readonly now?: () => Date;
  /** The services of services.yml besides the data processor. */
  readonly services?: readonly object[];
  /** The packaged state machines, if they must not be read from the source. */
  readonly definitions?: Definitions;
}

export interface Ended {
  readonly arn: string;
  readonly status: string;
  readonly output: JsonObject;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  /** Names of the states in the order of entry, including the states of Map items. */
  readonly visited: readonly string[];
  /** Everything in the execution: inputs, outputs, errors. */
  readonly history: string;
}

/**
 * The real machines (statemachines/*.asl.yaml) and the real handlers on the local Step Functions, Amazon Managed
 * Grafana and S3. The functions run in this process, so that a scenario is fast. The rehearsal tests their bundles,
 * their roles and the engines behind Grafana. HTTP servers replace the service, Loki, Tempo and Prometheus and answer
 * the health checks. Only `VerifySignal` is replaced (`passed`), because its checks need the engines.
 */
export async function startMachineCloud(options: MachineCloudOptions = {}) {
  const functions = await loadFunctions();
  const directory = await mkdtemp(join(tmpdir(), 'machine-'));
  const kernel = await createKernel({
    port: 0,
    directory: () => directory,
    region: REGION,
    accountId: ACCOUNT,
    ...(options.now !== undefined && { now: options.now }),
  });
  const statusListeners = new Map<string, () => void>();
  kernel.onEvent(({ resources }) => {
    for (const arn of resources) statusListeners.get(arn)?.();
  });
  const iam = createIam(kernel);
  const grafana = createGrafana(kernel, {
    throttle: 'off',
    delays: { create: 5, update: 5, restart: 5, delete: 5, interfaces: 5 },
    resolve: () => resolveBackend('grafana', { environment: { LOCAL_BACKENDS: 'standin' } }),
    network: {
      subnet: (id) => ({ vpcId: 'vpc-1', zone: id, availableAddresses: 200 }),
      securityGroup: () => ({ vpcId: 'vpc-1' }),
    },
    ...options.grafana,
  });
  const ecs = createSteadyEcs(kernel);
  const passive = createPassive(kernel);
  // Lambda knows only the tester, because of its network.
  const leftBehind = createLeftBehind();
  const lambda = createLambda(kernel, { interfaceDelay: 5, updateDelay: 5 });
  const ec2 = createEc2(kernel, passive.registry, () => [grafana, lambda, leftBehind]);
  const overrides = new Map<string, Override>();
  const invoker = {
    async invokeAs(_principal: Principal, reference: string, payload: string) {
      const name = reference.split(':').at(-1) ?? '';
      return invocation(() => {
        const real = () =>
          functions.get(name)?.(JSON.parse(payload), {}) ?? Promise.reject(new Error(`no function ${name}`));
        const override = overrides.get(name);
        return override ? override(JSON.parse(payload), real) : real();
      });
    },
  };
  const states = createStates(kernel, { lambda: { invoker } as never });
  const buckets = createS3(kernel, createStandInS3({ directory, now: kernel.now, region: REGION }));
  const notInvoked = { invoker: { enqueueForService: () => undefined } } as never;
  const sns = createSns(kernel);
  const events = createEvents(kernel, { lambda: notInvoked, states, sns });
  const monitoring = createLogs(kernel);
  const cloudWatch = createCloudWatch(kernel, {
    registry: passive.registry,
    logs: monitoring,
    lambda: { invoker: { listeners: new Set() } },
  });
  kernel.register(buckets);
  const cloudFormation = createCloudFormation(kernel);
  const modules = [iam, lambda, grafana, states, ecs.module, ec2, events, sns, monitoring, cloudWatch, passive];
  for (const module of [...modules, cloudFormation]) kernel.register(module);

  const service = await answeringServer(dataProcessor());
  const engines = await answeringServer(healthyEngines);
  const environment: Readonly<Record<string, string>> = {
    AWS_ENDPOINT_URL: kernel.endpoint,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    STACK_NAME: STACK,
    AUDIT_BUCKET,
    DATA_BUCKETS: 'data-bucket',
    KEEP_DATA: 'false',
    CLUSTER: 'cluster',
    SERVICES: 'service,loki,tempo',
    COUNTS: '2,1,1',
    RULES: `${STACK}-tester,${STACK}-nightly-verify`,
    TESTER_RULE: `${STACK}-tester`,
    TESTER_SCHEDULE: 'ENABLED',
    NIGHTLY_VERIFY_RULE: `${STACK}-nightly-verify`,
    NIGHTLY_VERIFY: 'ENABLED',
    ALARMS: `${STACK}-tester-failing,${STACK}-loki-unhealthy`,
    WORKSPACE_ROLE_ARN: await role('workspace', 'grafana.amazonaws.com'),
    TESTER_FUNCTION: `${STACK}-tester`,
    TESTER_SUBNET_IDS: 'subnet-00000000000000001,subnet-00000000000000002',
    TESTER_SECURITY_GROUP_IDS: 'sg-00000000000000003',
    SUBNET_IDS: 'subnet-00000000000000001,subnet-00000000000000002',
    SECURITY_GROUP_IDS: 'sg-00000000000000001',
    GRAFANA_VERSION: '12.4',
    AUTHENTICATION_PROVIDERS: 'auto',
    SERVICE_URL: service.url,
    STAGE: 'dev',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${engines.url}/v1/traces`,
    LOKI_URL: engines.url,
    TEMPO_URL: engines.url,
    PROMETHEUS_ENDPOINT: `${engines.url}/workspaces/ws-1/`,
    ALERT_TOPIC_ARN: `arn:aws:sns:${REGION}:${ACCOUNT}:alerts`,
    SCRAPE_INTERVAL: '5s',
    TASK_CPU: '256',
    TASK_MEMORY: '512',
    STORE_CPU: '256',
    STORE_MEMORY: '1024',
    NOT_EVALUATED: 'fail',
    ...options.environment,
  };
  const logs: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  // Functions log to CloudWatch, so their lines are kept out of the terminal.
  process.stdout.write = ((text: string, ...rest: []) => {
    if (!/^{"(timestamp|_aws)"/.test(String(text))) return write(text, ...rest);
    logs.push(text);
    return true;
  }) as typeof process.stdout.write;
  const before = { ...process.env };
  Object.assign(process.env, environment);
  overrides.set('verifySignal', async (event) => ({
    name: nameOf((event as { item: Item }).item),
    outcome: 'passed',
    detail: 'passed',
    checks: [],
  }));

  const s3 = new S3Client({
    region: REGION,
    endpoint: kernel.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  for (const BucketName of [AUDIT_BUCKET, 'data-bucket']) {
    await create(buckets, 'AWS::S3::Bucket', BucketName, {
      BucketName,
      VersioningConfiguration: { Status: 'Enabled' },
    });
  }
  await deployStack(kernel.endpoint, environment);
  await create(lambda, 'AWS::Lambda::Function', 'TesterLambdaFunction', {
    FunctionName: `${STACK}-tester`,
    Code: { ZipFile: 'exports.handler = async () => undefined;' },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Role: await role('tester', 'lambda.amazonaws.com'),
    VpcConfig: {
      SubnetIds: ['subnet-00000000000000001', 'subnet-00000000000000002'],
      SecurityGroupIds: ['sg-00000000000000003'],
    },
  });
  const sfn = new SFNClient({
    region: REGION,
    endpoint: kernel.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const machineRole = await role('machine', 'states.amazonaws.com');
  const machines = { setup: await machine('setup'), teardown: await machine('teardown') };
  await noticeOfFailures();

  async function role(name: string, service_: string): Promise<string> {
    const { attributes } = await create(iam, 'AWS::IAM::Role', name, {
      RoleName: name,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service_ }, Action: 'sts:AssumeRole' }],
      },
      Policies: [
        {
          PolicyName: 'all',
          PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
        },
      ],
    });
    return attributes?.['Arn'] ?? '';
  }

  /** The template's rule that notifies the topic of failed executions, with its own pattern and text. */
  async function noticeOfFailures(): Promise<void> {
    const topic = await create(sns, 'AWS::SNS::Topic', 'AlertTopic', { TopicName: 'alerts' });
    const publish = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sns:Publish' };
    await create(sns, 'AWS::SNS::TopicPolicy', 'AlertTopicPolicy', {
      Topics: [topic.physicalId],
      PolicyDocument: { Statement: [{ ...publish, Resource: topic.physicalId }] },
    });
    const text = await readFile(join(root, 'resources/schedules.yml'), 'utf8');
    const { Resources } = parsedOnce(text, { logLevel: 'silent' }) as unknown as {
      Resources: { FailedExecutionRule: { Properties: JsonObject } };
    };
    const references = {
      SetupStateMachine: machines.setup,
      TeardownStateMachine: machines.teardown,
      AlertTopic: topic.physicalId,
    };
    const properties = Object.entries({ ...references, '${self:custom.stack}': STACK }).reduce(
      (json, [name, value]) => json.replaceAll(name, value),
      JSON.stringify(Resources.FailedExecutionRule.Properties),
    );
    const { Targets, ...rule } = JSON.parse(properties) as { Targets: JsonObject[] };
    await create(events, 'AWS::Events::Rule', 'FailedExecutionRule', {
      ...rule,
      Targets: Targets.map(({ DeadLetterConfig: _, ...target }) => target),
    });
  }

  async function machine(name: MachineName): Promise<string> {
    const functionArn = (called: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${called}`;
    const { physicalId } = await create(states, 'AWS::StepFunctions::StateMachine', name, {
      StateMachineName: `${STACK}-${name}`,
      RoleArn: machineRole,
      ...(options.definitions?.(name, functionArn) ?? {
        Definition: await source(name, functionArn, options.services),
      }),
    });
    return physicalId;
  }

  async function start(name: 'setup' | 'teardown', input: unknown = {}): Promise<string> {
    const { executionArn = '' } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: machines[name], input: JSON.stringify(input) }),
    );
    return executionArn;
  }

  /** Resolves when EventBridge is told of the execution's next status, or soon if that was before the call. */
  function statusChange(arn: string): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 250);
      statusListeners.set(arn, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async function ended(arn: string): Promise<Ended> {
    for (;;) {
      const { status = '', output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
      if (status === 'RUNNING') {
        await statusChange(arn);
        continue;
      }
      const events = await connectExecutions(sfn).history(arn);
      return {
        arn,
        status,
        output: JSON.parse(output ?? '{}') as JsonObject,
        error,
        cause,
        visited: events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []),
        history: JSON.stringify(events),
      };
    }
  }

  const schedules = connectSchedules();
  const alarms = connectAlarms();
  return {
    kernel,
    grafana,
    ecs,
    service,
    engines,
    overrides,
    /** The functions' log lines. */
    logs,
    directory,
    amg: connectAmg(),
    schedules,
    alarms,
    /** The enabled rules, and the alarms with enabled actions. */
    networks: connectFunctionNetworks(),
    /** Every network interface that blocks the deletion of a subnet or a security group. */
    interfaces: () => [grafana, lambda, leftBehind].flatMap((owner) => owner.networkInterfaces()),
    /** An interface of the tester that Lambda could not delete. */
    leaveInterface: (): void => leftBehind.add('sg-00000000000000003'),
    automation: async () => ({
      rules: await Promise.all((environment['RULES'] ?? '').split(',').map((rule) => schedules.state(rule))),
      actions: (await alarms.list((environment['ALARMS'] ?? '').split(','))).map(
        ({ actionsEnabled }) => actionsEnabled,
      ),
    }),
    environment,
    auditBucket: AUDIT_BUCKET,
    s3,
    start,
    ended,
    run: async (name: 'setup' | 'teardown', input?: unknown) => ended(await start(name, input)),
    stop: async (executionArn: string) => {
      await sfn.send(new StopExecutionCommand({ executionArn }));
    },
    /**
     * Requests that change something in the workspace, in its control plane or in the stack around it, from the
     * journal's line `from` on.
     */
    async changes(from = 0): Promise<readonly string[]> {
      return (
        (await journal(directory))
          .slice(from)
          .filter(({ service: of }) =>
            ['grafana', 'grafana-http', 'ecs', 'events', 'lambda', 'monitoring'].includes(of),
          )
          .filter(({ method, operation, path }) => isChange(method, operation, path))
          // Not counted: the mark of each run on the dashboards, which no later run compares. setup.test.ts counts the
          // marks.
          .filter(({ path }) => path !== '/api/annotations')
          .map(
            ({ service: of, method, operation, path }) =>
              `${of} ${of === 'grafana-http' ? `${method} ${path}` : operation}`,
          )
      );
    },
    /** The messages to the alert topic. */
    messages: () => sns.messages().map(({ message }) => message),
    journalLength: async () => (await journal(directory)).length,
    async close() {
      process.stdout.write = write;
      await Promise.all([kernel.close(), service.close(), engines.close()]);
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type MachineCloud = Awaited<ReturnType<typeof startMachineCloud>>;

/** The stack's schedules, alarms and log group, which the setup compares with this template. */
async function deployStack(endpoint: string, { ALARMS = '', RULES = '' }: Readonly<Record<string, string>>) {
  const rule = (Name: string) => ({
    Type: 'AWS::Events::Rule',
    Properties: {
      Name,
      ScheduleExpression: 'rate(1 day)',
      State: 'ENABLED',
      Targets: [{ Id: 'target', Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:tester` }],
    },
  });
  const alarm = (AlarmName: string) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: { AlarmName, ComparisonOperator: 'LessThanThreshold', EvaluationPeriods: 3, Threshold: 1 },
  });
  const Resources = {
    ...Object.fromEntries(RULES.split(',').map((name, index) => [`Rule${index}`, rule(name)])),
    ...Object.fromEntries(ALARMS.split(',').map((name, index) => [`Alarm${index}`, alarm(name)])),
    LogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: `/ecs/${STACK}/loki`, RetentionInDays: 30 } },
  };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new CloudFormationClient({ region: REGION, endpoint, credentials });
  await client.send(new CreateStackCommand({ StackName: STACK, TemplateBody: JSON.stringify({ Resources }) }));
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
    if (stack?.StackStatus === 'CREATE_COMPLETE') break;
    if (stack?.StackStatus !== 'CREATE_IN_PROGRESS') throw new Error(`the stack is ${stack?.StackStatus}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  client.destroy();
}

function create(module: ServiceModule, type: string, logicalId: string, properties: JsonObject) {
  const handler = module.resources?.[type];
  if (!handler) throw new Error(`no handler for ${type}`);
  return handler.create({ stackName: STACK, stackId: STACK, logicalId, type, tags: {}, properties });
}

/** Every folder under functions/ that has a handler, by its function's name. */
async function loadFunctions(): Promise<ReadonlyMap<string, Handler>> {
  const folders = await readdir(join(root, 'functions'), { withFileTypes: true });
  const loaded = await Promise.all(
    folders
      .filter((folder) => folder.isDirectory() && !['domain', 'adapters', 'shared'].includes(folder.name))
      .map(async ({ name }) => {
        const { handler } = (await import(join(root, 'functions', name, 'handler'))) as { readonly handler: Handler };
        return [name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), handler] as const;
      }),
  );
  return new Map(loaded);
}

/** Parsed once for all clouds of a test file: to parse them takes longer than to start the rest of a cloud. */
const parsed = new Map<string, JsonObject>();

function parsedOnce(text: string, options: ParseOptions & DocumentOptions & SchemaOptions): JsonObject {
  const value = parsed.get(text) ?? (parse(text, options) as JsonObject);
  parsed.set(text, value);
  return structuredClone(value);
}

async function source(
  name: MachineName,
  functionArn: (called: string) => string,
  services: readonly object[] = [],
): Promise<JsonObject> {
  const text = (await readFile(join(root, `statemachines/${name}.asl.yaml`), 'utf8'))
    // Nothing waits here: a Wait ends at once, and the jitter shortens a retry's interval of at least one second.
    .replace(/(?<=[^l]Seconds: )"\$\{param:waitSeconds\}"/g, '0')
    .replace(/"\$\{param:waitSeconds\}"/g, '1')
    .replace('"${file(params/index.js):attachedServices}"', JSON.stringify(services))
    .replace(/\$\{Partition\}/g, 'aws')
    .replace(/\$\{(\w)(\w+)FunctionArn\}/g, (_, first: string, rest: string) =>
      functionArn(`${first.toLowerCase()}${rest}`),
    );
  return parsedOnce(text, { merge: true });
}

/** Formats a result or an error as Lambda's runtime does. */
async function invocation(run: () => Promise<unknown>) {
  const common = { requestId: 'request', executedVersion: '$LATEST', logTail: '' };
  try {
    return { ...common, payload: JSON.stringify((await run()) ?? null) };
  } catch (error) {
    const { name, message } = error as Error;
    return {
      ...common,
      functionError: 'Unhandled' as const,
      payload: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }),
    };
  }
}

interface JournalLine {
  readonly service: string;
  readonly operation: string;
  readonly method: string;
  readonly path: string;
}

async function journal(directory: string): Promise<readonly JournalLine[]> {
  const text = await readFile(join(directory, 'journal.ndjson'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalLine);
}

/**
 * Not changes: tokens, which every run mints and deletes; queries, although they are POSTs; and EventBridge's failure
 * notices.
 */
function isChange(method: string, operation: string, path: string): boolean {
  if (/Token$|^InvokeTarget$/.test(operation) || /^(Describe|Get|List)/.test(operation)) return false;
  return method !== 'GET' && !path.startsWith('/api/ds/query');
}

/** Unused network interfaces that nothing deletes. */
function createLeftBehind() {
  let items: NetworkInterface[] = [];
  return {
    networkInterfaces: (): readonly NetworkInterface[] => items,
    deleteNetworkInterface(id: string): void {
      items = items.filter(({ networkInterfaceId }) => networkInterfaceId !== id);
    },
    add(group: string): void {
      items.push({
        networkInterfaceId: 'eni-00000000000000001',
        subnetId: 'subnet-00000000000000001',
        securityGroupIds: [group],
        status: 'available',
        description: 'AWS Lambda VPC ENI-stack-tester',
        tags: {},
      });
    },
  };
}
