import {
  AwsError,
  type JsonObject,
  type Kernel,
  type Operations,
  type Output,
  type ServiceModule,
} from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';

interface KnownQuota {
  readonly service: string;
  readonly serviceName: string;
  readonly code: string;
  readonly name: string;
  readonly value: number;
  /** The CloudWatch metric of the quota's usage. */
  readonly usage?: Output;
}

/** The quotas that the stack reads, with AWS's defaults. aws-facts: quota-codes */
const known: readonly KnownQuota[] = [
  {
    service: 'fargate',
    serviceName: 'AWS Fargate',
    code: 'L-3032A538',
    name: 'Fargate On-Demand vCPU resource count',
    value: 6,
    // aws-facts: quota-usage-metric
    usage: {
      MetricNamespace: 'AWS/Usage',
      MetricName: 'ResourceCount',
      MetricDimensions: { Class: 'Standard/OnDemand', Resource: 'vCPU', Service: 'Fargate', Type: 'Resource' },
      MetricStatisticRecommendation: 'Maximum',
    },
  },
  {
    service: 'ec2',
    serviceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
    code: 'L-0263D0A3',
    name: 'EC2-VPC Elastic IPs',
    value: 5,
  },
  {
    service: 'vpc',
    serviceName: 'Amazon Virtual Private Cloud (Amazon VPC)',
    code: 'L-F678F1CE',
    name: 'VPCs per Region',
    value: 5,
  },
  {
    service: 'grafana',
    serviceName: 'Amazon Managed Grafana',
    code: 'L-2C2D5119',
    name: 'Number of workspaces',
    value: 5,
  },
];

/**
 * Service Quotas: the account's own values from `own` (by quota code), and AWS's default of each quota. A quota that
 * this stack does not read is refused as unknown.
 */
export function createServiceQuotas(kernel: Kernel, own: Readonly<Record<string, number>> = {}): ServiceModule {
  const describe = ({ service, serviceName, code, name, value, usage }: KnownQuota, arn: string): Output => ({
    ServiceCode: service,
    ServiceName: serviceName,
    QuotaArn: arn,
    QuotaCode: code,
    QuotaName: name,
    Value: value,
    Unit: 'None',
    Adjustable: true,
    GlobalQuota: false,
    ...(usage && { UsageMetric: usage }),
  });
  const arnOf = ({ service, code }: KnownQuota) =>
    `arn:${kernel.partition}:servicequotas:${kernel.region}:${kernel.accountId}:${service}/${code}`;
  const operations: Operations = {
    GetServiceQuota: {
      grants: (input) => [{ action: 'servicequotas:GetServiceQuota', resource: arnOf(find(input)) }],
      handle: (input) => {
        const quota = find(input);
        const value = own[quota.code];
        // An account has its own value only of a quota that was changed for it.
        if (value === undefined) throw noSuchResource();
        return { Quota: describe({ ...quota, value }, arnOf(quota)) };
      },
    },
    GetAWSDefaultServiceQuota: {
      grants: () => [{ action: 'servicequotas:GetAWSDefaultServiceQuota', resource: '*' }],
      handle: (input) => {
        const quota = find(input);
        return {
          Quota: describe(
            quota,
            `arn:${kernel.partition}:servicequotas:${kernel.region}::${quota.service}/${quota.code}`,
          ),
        };
      },
    },
  };
  return { signingNames: ['servicequotas'], operations, handle: awsJson({ kernel, version: '1.1', operations }) };
}

function find(input: JsonObject): KnownQuota {
  for (const name of ['ServiceCode', 'QuotaCode']) {
    if (typeof input[name] !== 'string' || input[name] === '')
      throw new AwsError('IllegalArgumentException', `${name} must not be null or empty.`);
  }
  const quota = known.find(({ service, code }) => service === input['ServiceCode'] && code === input['QuotaCode']);
  if (quota === undefined) throw noSuchResource();
  return quota;
}

function noSuchResource(): AwsError {
  return new AwsError(
    'NoSuchResourceException',
    'The request failed because the specified service quota does not exist.',
  );
}
