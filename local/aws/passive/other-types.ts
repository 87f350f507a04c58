import { AwsError, type ResourceRequest } from '../../kernel/contracts';
import { generatedName, textProperty } from '../cfn-values';
import { type Account, type PassiveType, uuid } from './passive-resource';

const arn = (account: Account, service: string, rest: string) =>
  `arn:${account.partition}:${service}:${account.region}:${account.accountId}:${rest}`;
const text = (request: ResourceRequest, name: string) => textProperty(request.properties, name);

const alarmProperties = [
  'ActionsEnabled',
  'AlarmActions',
  'AlarmDescription',
  'AlarmName',
  'ComparisonOperator!',
  'DatapointsToAlarm',
  'Dimensions',
  'EvaluateLowSampleCountPercentile',
  'EvaluationPeriods!',
  'ExtendedStatistic',
  'InsufficientDataActions',
  'MetricName',
  'Metrics',
  'Namespace',
  'OKActions',
  'Period',
  'Statistic',
  'Tags',
  'Threshold',
  'ThresholdMetricId',
  'TreatMissingData',
  'Unit',
];
const comparisons = new Set([
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
]);

/** Recorded types outside EC2, with the property names of the CloudFormation reference. */
export const otherTypes: Readonly<Record<string, PassiveType>> = {
  'AWS::KMS::Key': {
    properties: [
      'BypassPolicyLockoutSafetyCheck',
      'Description',
      'EnableKeyRotation',
      'Enabled',
      'KeyPolicy',
      'KeySpec',
      'KeyUsage',
      'MultiRegion',
      'Origin',
      'PendingWindowInDays',
      'RotationPeriodInDays',
      'Tags',
    ],
    physicalId: uuid,
    attributes: (_request, keyId, account) => ({ KeyId: keyId, Arn: arn(account, 'kms', `key/${keyId}`) }),
  },
  'AWS::Budgets::Budget': {
    properties: ['Budget!', 'NotificationsWithSubscribers', 'ResourceTags'],
    fixed: ['NotificationsWithSubscribers'],
    physicalId: (request) => generatedName(request, 100),
  },
  'AWS::KMS::Alias': {
    properties: ['AliasName!', 'TargetKeyId!'],
    fixed: ['AliasName'],
    physicalId: (request) => text(request, 'AliasName') ?? '',
  },
  'AWS::CloudWatch::Alarm': {
    properties: alarmProperties,
    fixed: ['AlarmName'],
    check: (request) => {
      const comparison = text(request, 'ComparisonOperator') ?? '';
      if (comparisons.has(comparison)) return;
      throw new AwsError('ValidationError', `"${comparison}" is not a ComparisonOperator.`);
    },
    physicalId: (request) => text(request, 'AlarmName') ?? generatedName(request, 255),
    attributes: (_request, name, account) => ({ Arn: arn(account, 'cloudwatch', `alarm:${name}`) }),
  },
  'AWS::CloudWatch::CompositeAlarm': {
    properties: [
      'ActionsEnabled',
      'ActionsSuppressor',
      'AlarmActions',
      'AlarmDescription',
      'AlarmName',
      'AlarmRule!',
      'InsufficientDataActions',
      'OKActions',
      'Tags',
    ],
    fixed: ['AlarmName'],
    physicalId: (request) => text(request, 'AlarmName') ?? generatedName(request, 255),
    attributes: (_request, name, account) => ({ Arn: arn(account, 'cloudwatch', `alarm:${name}`) }),
  },
  'AWS::CloudWatch::Dashboard': {
    properties: ['DashboardBody!', 'DashboardName'],
    fixed: ['DashboardName'],
    physicalId: (request) => text(request, 'DashboardName') ?? generatedName(request, 255),
  },
  'AWS::ApplicationAutoScaling::ScalingPolicy': {
    properties: [
      'PolicyName!',
      'PolicyType!',
      'PredictiveScalingPolicyConfiguration',
      'ResourceId',
      'ScalableDimension',
      'ScalingTargetId',
      'ServiceNamespace',
      'StepScalingPolicyConfiguration',
      'TargetTrackingScalingPolicyConfiguration',
    ],
    fixed: ['PolicyName', 'ResourceId', 'ScalingTargetId'],
    physicalId: (request, account) =>
      arn(account, 'autoscaling', `scalingPolicy:${uuid()}:policyName/${text(request, 'PolicyName')}`),
    attributes: (_request, policyArn) => ({ Arn: policyArn }),
  },
  'AWS::Logs::QueryDefinition': {
    properties: ['LogGroupNames', 'Name!', 'Parameters', 'QueryLanguage', 'QueryString!'],
    physicalId: uuid,
    attributes: (_request, id) => ({ QueryDefinitionId: id }),
  },
  'AWS::Logs::ResourcePolicy': {
    properties: ['PolicyDocument!', 'PolicyName!', 'ResourceArn'],
    fixed: ['PolicyName'],
    physicalId: (request) => text(request, 'PolicyName') ?? '',
  },
  'AWS::Logs::MetricFilter': {
    properties: [
      'ApplyOnTransformedLogs',
      'EmitSystemFieldDimensions',
      'FieldSelectionCriteria',
      'FilterName',
      'FilterPattern!',
      'LogGroupName!',
      'MetricTransformations!',
    ],
    fixed: ['FilterName', 'LogGroupName'],
    physicalId: (request) => text(request, 'FilterName') ?? generatedName(request, 512),
  },
  'AWS::SQS::Queue': {
    properties: [
      'ContentBasedDeduplication',
      'DeduplicationScope',
      'DelaySeconds',
      'FifoQueue',
      'FifoThroughputLimit',
      'KmsDataKeyReusePeriodSeconds',
      'KmsMasterKeyId',
      'MaximumMessageSize',
      'MessageRetentionPeriod',
      'QueueName',
      'ReceiveMessageWaitTimeSeconds',
      'RedriveAllowPolicy',
      'RedrivePolicy',
      'SqsManagedSseEnabled',
      'Tags',
      'VisibilityTimeout',
    ],
    fixed: ['QueueName', 'FifoQueue'],
    physicalId: (request, account) =>
      `https://sqs.${account.region}.amazonaws.com/${account.accountId}/${text(request, 'QueueName') ?? generatedName(request, 80)}`,
    attributes: (_request, url, account) => {
      const name = url.split('/').at(-1) ?? '';
      return { Arn: arn(account, 'sqs', name), QueueName: name, QueueUrl: url };
    },
  },
  'AWS::SQS::QueuePolicy': {
    properties: ['PolicyDocument!', 'Queues!'],
    physicalId: (request) => generatedName(request),
    attributes: (_request, id) => ({ Id: id }),
  },
  'AWS::Events::EventBusPolicy': {
    properties: ['Action', 'Condition', 'EventBusName', 'Principal', 'Statement', 'StatementId!'],
    physicalId: (request) => text(request, 'StatementId') ?? '',
  },
  'AWS::Route53::RecordSet': {
    properties: [
      'AliasTarget',
      'CidrRoutingConfig',
      'Comment',
      'Failover',
      'GeoLocation',
      'GeoProximityLocation',
      'HealthCheckId',
      'HostedZoneId',
      'HostedZoneName',
      'MultiValueAnswer',
      'Name!',
      'Region',
      'ResourceRecords',
      'SetIdentifier',
      'TTL',
      'Type!',
      'Weight',
    ],
    fixed: ['Name', 'HostedZoneId'],
    physicalId: (request) => text(request, 'Name') ?? '',
  },
};
