import { type Policy, parsePolicy } from './policy';

/** The actions of the AWS managed policies that the local cloud has, by the end of their ARN. */
const documents: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  'service-role/AWSLambdaVPCAccessExecutionRole': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  'service-role/AmazonECSTaskExecutionRolePolicy': [
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
  AWSXRayDaemonWriteAccess: [
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ],
  AmazonPrometheusQueryAccess: ['aps:GetLabels', 'aps:GetMetricMetadata', 'aps:GetSeries', 'aps:QueryMetrics'],
  AmazonPrometheusRemoteWriteAccess: ['aps:RemoteWrite'],
};

const parsed = new Map<string, Policy>();

/** The policy with an ARN `arn:<partition>:iam::aws:policy/…`; undefined when the local cloud does not have it. */
export function managedPolicyOfAws(arn: string): Policy | undefined {
  const name = /^arn:[\w-]+:iam::aws:policy\/(.+)$/.exec(arn)?.[1];
  const actions = name === undefined ? undefined : documents[name];
  if (name === undefined || actions === undefined) return undefined;
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const policy = parsePolicy({ Statement: [{ Effect: 'Allow', Action: [...actions], Resource: '*' }] });
  parsed.set(name, policy);
  return policy;
}
