import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parsePolicy } from '../../kernel/access/policy';
import {
  AwsError,
  type JsonObject,
  type Kernel,
  type ResourceHandler,
  type ResourceRequest,
} from '../../kernel/contracts';
import { cfnTags, generatedName, parseProperties, recorded } from '../cfn-values';
import { type Message, Topic } from './topic';

const subscription = z.strictObject({
  Endpoint: z.string(),
  Protocol: z.enum(['email', 'email-json', 'lambda', 'sqs', 'https', 'http', 'sms']),
});

const topicProperties = z.strictObject({
  DisplayName: recorded,
  FifoTopic: z.literal(false).optional(),
  KmsMasterKeyId: z.string().optional(),
  SignatureVersion: recorded,
  Subscription: z.array(subscription).default([]),
  Tags: cfnTags,
  TopicName: z.string().optional(),
  TracingConfig: recorded,
});

const subscriptionProperties = subscription.extend({
  FilterPolicy: z.undefined({ error: 'filter policies are not known here' }).optional(),
  RawMessageDelivery: recorded,
  RedrivePolicy: recorded,
  Region: recorded,
  TopicArn: z.string(),
});

const policyProperties = z.strictObject({
  PolicyDocument: z.record(z.string(), z.unknown()),
  Topics: z.array(z.string()).min(1),
});

export function snsResources(
  kernel: Kernel,
  topics: Map<string, Topic>,
  deliver: (topic: Topic, message: Message) => void,
): Readonly<Record<string, ResourceHandler>> {
  const topic = (arn: string) => {
    const found = topics.get(arn);
    if (found === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return found;
  };
  const subscribe = (to: Topic, protocol: string, endpoint: string) => {
    const arn = `${to.arn}:${randomUUID()}`;
    to.subscriptions.push({ arn, protocol, endpoint });
    return arn;
  };
  const applyPolicy = async (request: ResourceRequest) => {
    const { PolicyDocument, Topics } = parseProperties(policyProperties, request);
    const policy = parsePolicy(PolicyDocument as JsonObject);
    for (const arn of Topics) topic(arn).policy = policy;
    return { physicalId: request.physicalId ?? generatedName(request) };
  };
  return {
    'AWS::SNS::Topic': {
      create: async (request) => {
        const { KmsMasterKeyId, Subscription, TopicName } = parseProperties(topicProperties, request);
        const name = TopicName ?? generatedName(request);
        const arn = `arn:${kernel.partition}:sns:${kernel.region}:${kernel.accountId}:${name}`;
        if (topics.has(arn)) throw new AwsError('AlreadyExistsException', `${name} already exists`);
        const made = new Topic(kernel, arn, name, KmsMasterKeyId, deliver);
        topics.set(arn, made);
        for (const { Endpoint, Protocol } of Subscription) subscribe(made, Protocol, Endpoint);
        return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
      },
      update: async (request) => {
        const { KmsMasterKeyId, TopicName } = parseProperties(topicProperties, request);
        const made = topic(request.physicalId ?? '');
        if (TopicName !== undefined && TopicName !== made.name) {
          throw new AwsError(
            'ValidationError',
            `${request.logicalId}: a topic cannot be renamed here; remove the stack first.`,
          );
        }
        made.kmsKeyId = KmsMasterKeyId;
        return { physicalId: made.arn, attributes: { TopicArn: made.arn, TopicName: made.name } };
      },
      delete: async ({ physicalId = '' }) => void topics.delete(physicalId),
    },
    'AWS::SNS::Subscription': {
      create: async (request) => {
        const { Endpoint, Protocol, TopicArn } = parseProperties(subscriptionProperties, request);
        const arn = subscribe(topic(TopicArn), Protocol, Endpoint);
        return { physicalId: arn, attributes: { Arn: arn } };
      },
      delete: async ({ physicalId }) => {
        for (const { subscriptions } of topics.values()) {
          const index = subscriptions.findIndex(({ arn }) => arn === physicalId);
          if (index >= 0) subscriptions.splice(index, 1);
        }
      },
    },
    'AWS::SNS::TopicPolicy': {
      create: applyPolicy,
      update: applyPolicy,
      delete: async (request) => {
        const { Topics } = parseProperties(policyProperties, request);
        for (const arn of Topics) {
          const found = topics.get(arn);
          if (found !== undefined) found.policy = undefined;
        }
      },
    },
  };
}
