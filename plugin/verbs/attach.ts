import { KINDS } from '../../params/service-schema';
import { BadServices, parseServices, readServices, type Service } from '../../params/services';
import type { Stack } from '../aws/stack';
import type { Context } from '../context';
import { problem } from '../problem';

type Kind = Service['kind'];

/** What a service needs to join: printed by `sls attach`, which changes nothing. */
export interface Attachment {
  readonly name: string;
  readonly kind: Kind;
  /** Environment variables of OpenTelemetry's own, for the service's process. */
  readonly environment: Readonly<Record<string, string>>;
  /** The security group that may send to the gateway. */
  readonly securityGroupId: string;
  /** The security group of the tester, from which a probe comes. */
  readonly testerSecurityGroupId: string;
  /** The IAM statement of an agent that writes metrics itself. A service that sends OTLP needs no policy. */
  readonly policy: object;
  readonly remoteWriteUrl: string;
  /** SSM parameters with these values, for templates. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The entry for services.yml. */
  readonly entry: string;
}

/** SSM parameters of the stack, below its name (docs/gateway.md, "Joining"). */
const PARAMETERS = [
  ...(['otlp-endpoint', 'client-security-group', 'remote-write-url', 'region'] as const),
  ...(['vpc-id', 'private-subnet-ids'] as const),
] as const;

/** `sls attach <name> --kind ecs|lambda|eks|other`: what a service needs to join this stack. Changes nothing. */
export async function attach(context: Context): Promise<void> {
  const { terminal } = context;
  const stack = await context.stack();
  const attachment = attachmentFor(context.option('name') ?? '', context.option('kind') ?? 'other', {
    stack,
    stage: context.stage,
    deploy: context.command('deploy'),
  });
  if (context.flag('json')) return terminal.line(JSON.stringify(attachment, undefined, 2));
  const isListed = readServices(context.serverless.serviceDir, context.stage).some(
    ({ name }) => name === attachment.name,
  );
  for (const line of attachmentLines(attachment, { isListed, deploy: context.command('deploy') })) terminal.line(line);
}

/** Throws a Problem for a name or a kind that services.yml would refuse, and for a stack without a gateway. */
export function attachmentFor(
  name: string,
  kind: string,
  { stack, stage, deploy }: { readonly stack: Stack; readonly stage: string; readonly deploy: string },
): Attachment {
  if (name === '')
    throw problem('NameMissing', 'Name the service: npx sls attach checkout --kind ecs. Nothing was changed.');
  if (!isKind(kind))
    throw problem('BadKind', `--kind is "${kind}" but must be one of ${KINDS.join(', ')}. Nothing was changed.`);
  const entry = [`  - name: ${name}`, `    kind: ${kind}`, '    metrics: otlp', ''].join('\n');
  try {
    parseServices(`services:\n${entry}`, 'services.yml');
  } catch (error) {
    if (!(error instanceof BadServices)) throw error;
    const told = error.message.split('\n').map((line) => line.replace(/^.*?services\[0\]\./, 'The '));
    throw problem('BadServices', `${told.join('\n')}\nSee docs/services/README.md. Nothing was changed.`);
  }
  const otlpEndpoint = output(stack, 'OtlpEndpoint', deploy);
  const [, partition = 'aws', , region = '', account = ''] = output(stack, 'AlertTopicArn', deploy).split(':');
  const workspace = output(stack, 'PrometheusWorkspaceId', deploy);
  return {
    name,
    kind,
    environment: {
      OTEL_SERVICE_NAME: name,
      OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${stage}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
    },
    securityGroupId: output(stack, 'ClientSecurityGroup', deploy),
    testerSecurityGroupId: output(stack, 'TesterSecurityGroupId', deploy),
    policy: {
      Effect: 'Allow',
      Action: 'aps:RemoteWrite',
      Resource: `arn:${partition}:aps:${region}:${account}:workspace/${workspace}`,
    },
    remoteWriteUrl: output(stack, 'RemoteWriteUrl', deploy),
    parameters: Object.fromEntries(PARAMETERS.map((each) => [each, `/${stack.name}/${each}`])),
    entry,
  };
}

export function attachmentLines(
  { kind, environment, securityGroupId, testerSecurityGroupId, policy, remoteWriteUrl, parameters, entry }: Attachment,
  { isListed, deploy }: { readonly isListed: boolean; readonly deploy: string },
): readonly string[] {
  return [
    'Environment of its process (the variables of every OpenTelemetry SDK):',
    ...Object.entries(environment).map(([variable, value]) => `  ${variable}=${value}`),
    '',
    'Network:',
    ...networkLines[kind](securityGroupId).map((line) => `  ${line}`),
    `  a probe comes from the security group ${testerSecurityGroupId}: admit it on the port of the probe's URL.`,
    '',
    'In a template, these values are SSM parameters:',
    ...Object.values(parameters).map((parameter) => `  {{resolve:ssm:${parameter}}}`),
    '',
    'Policy: none for OTLP. An agent of yours that writes metrics itself (metrics: remote-write) needs this statement:',
    `  ${JSON.stringify(policy)}`,
    `  and writes to ${remoteWriteUrl}`,
    '',
    isListed ? 'services.yml has an entry of this name already. A new one would be:' : 'Entry for services.yml:',
    ...entry.trimEnd().split('\n'),
    ...(kind === 'ecs'
      ? [
          '    # If it has /metrics instead:',
          `    # metrics: { ecs: { cluster: <cluster>, service: <ECS service>, port: 9464 } }`,
        ]
      : []),
    '    # A request that the setup sends and finds again as a trace and a log line:',
    '    # probe: { url: "http://<address inside the VPC>/health" }',
    '',
    `Nothing was changed. Then \`${deploy}\` proves the service. More: docs/services/${kind}.md`,
  ];
}

const networkLines: Readonly<Record<Kind, (group: string) => readonly string[]>> = {
  ecs: (group) => [`add the security group ${group} to the ECS service (awsvpcConfiguration.securityGroups).`],
  lambda: (group) => [
    `put the function into the stack's VPC (vpc.subnetIds, private ones) with the security group ${group}.`,
  ],
  eks: (group) => [
    `add the security group ${group} to the nodes, or to the pods by a SecurityGroupPolicy.`,
    "the cluster is in the stack's VPC, or in one that is peered with it.",
  ],
  other: (group) => [
    `what has an interface in the stack's VPC gets the security group ${group};`,
    'what is elsewhere needs a way into the VPC: peering, a transit gateway or a VPN.',
  ],
};

function isKind(kind: string): kind is Kind {
  return (KINDS as readonly string[]).includes(kind);
}

function output(stack: Stack, name: string, deploy: string): string {
  const value = stack.outputs[name];
  if (value) return value;
  throw problem(
    'StackIncomplete',
    `The stack ${stack.name} (${stack.status}) has no output "${name}": it was deployed by an older version, or its deployment failed. Deploy it again with \`${deploy}\`.`,
  );
}
