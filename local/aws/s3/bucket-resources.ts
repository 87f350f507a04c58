import { randomBytes } from 'node:crypto';
import { type Decision, evaluate, matchesPrincipal, type Policy, parsePolicy } from '../../kernel/access/policy';
import {
  AwsError,
  type Grant,
  type Kernel,
  type Principal,
  type ResourceHandler,
  type ResourceRequest,
} from '../../kernel/contracts';
import { checkPropertyNames, generatedName, objectProperty, textProperty } from '../cfn-values';
import { checkBucketName } from './bucket-name';
import type { BucketSettings, S3Backend } from './contracts';

/** The buckets' resource policies. */
export class BucketPolicies {
  private readonly policies = new Map<string, Policy>();

  put(bucket: string, policy: Policy): void {
    this.policies.set(bucket, policy);
  }

  delete(bucket: string): void {
    this.policies.delete(bucket);
  }

  decide(bucket: string, principal: Principal, grant: Grant): Decision {
    const policy = this.policies.get(bucket);
    if (policy === undefined) return 'not-allowed';
    const account = principal.arn.split(':')[4] ?? '';
    const names = [principal.arn, principal.roleArn ?? principal.arn, account, `arn:aws:iam::${account}:root`];
    const about = policy.statements.filter((statement) => matchesPrincipal(statement, 'AWS', names));
    return evaluate([{ statements: about }], grant);
  }
}

const bucketProperties = [
  'AbacStatus',
  'AccelerateConfiguration',
  'AccessControl',
  'AnalyticsConfigurations',
  'BucketEncryption',
  'BucketName',
  'BucketNamePrefix',
  'BucketNamespace',
  'CorsConfiguration',
  'IntelligentTieringConfigurations',
  'InventoryConfigurations',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'MetadataConfiguration',
  'MetadataTableConfiguration',
  'MetricsConfigurations',
  'NotificationConfiguration',
  'ObjectLockConfiguration',
  'ObjectLockEnabled',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'ReplicationConfiguration',
  'Tags',
  'VersioningConfiguration',
  'WebsiteConfiguration',
];

/** AWS::S3::Bucket and AWS::S3::BucketPolicy. Deleting a bucket that holds objects fails, as on AWS. */
export function bucketResources(
  kernel: Kernel,
  backend: S3Backend,
  policies: BucketPolicies,
): Readonly<Record<string, ResourceHandler>> {
  const attributes = (name: string) => ({
    Arn: `arn:${kernel.partition}:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    DualStackDomainName: `${name}.s3.dualstack.${kernel.region}.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${kernel.region}.amazonaws.com`,
    WebsiteURL: `http://${name}.s3-website-${kernel.region}.amazonaws.com`,
  });
  const applyPolicy = (request: ResourceRequest) => {
    checkPropertyNames(request, ['Bucket!', 'PolicyDocument!']);
    const bucket = textProperty(request.properties, 'Bucket') ?? '';
    policies.put(bucket, parsePolicy(request.properties['PolicyDocument']));
    return { physicalId: request.physicalId ?? generatedName(request) };
  };
  return {
    'AWS::S3::Bucket': {
      async create(request) {
        checkPropertyNames(request, bucketProperties);
        const name = textProperty(request.properties, 'BucketName') ?? bucketName(request);
        checkBucketName(name);
        const settings = readSettings(request);
        await backend.createBucket(name);
        try {
          await backend.configureBucket(name, settings);
        } catch (error) {
          await backend.deleteBucket(name);
          throw error;
        }
        return { physicalId: name, attributes: attributes(name) };
      },
      async update(request) {
        checkPropertyNames(request, bucketProperties);
        const name = request.physicalId ?? '';
        const wanted = textProperty(request.properties, 'BucketName');
        if (wanted !== undefined && wanted !== name) return this.create(request);
        await backend.configureBucket(name, readSettings(request));
        return { physicalId: name, attributes: attributes(name) };
      },
      async delete(request) {
        await backend.deleteBucket(request.physicalId ?? '');
        policies.delete(request.physicalId ?? '');
      },
    },
    'AWS::S3::BucketPolicy': {
      create: async (request) => applyPolicy(request),
      update: async (request) => applyPolicy(request),
      async delete(request) {
        policies.delete(textProperty(request.properties, 'Bucket') ?? '');
      },
    },
  };
}

function readSettings(request: ResourceRequest): BucketSettings {
  const versioning = objectProperty(request.properties, 'VersioningConfiguration');
  const status = versioning === undefined ? undefined : textProperty(versioning, 'Status');
  if (status === undefined || status === 'Enabled' || status === 'Suspended') return { versioning: status };
  throw new AwsError('ValidationError', `"${status}" is not a Status of VersioningConfiguration.`);
}

/** Generated bucket names are lower case and at most 63 characters. */
function bucketName(request: ResourceRequest): string {
  const base = `${request.stackName}-${request.logicalId}`.toLowerCase().slice(0, 50);
  return `${base.replace(/-+$/, '')}-${randomBytes(6).toString('hex')}`;
}
