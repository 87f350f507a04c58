import { AwsError, type JsonObject, type Kernel, type Operations, type ServiceModule } from '../../kernel/contracts';
import { awsQuery } from '../../kernel/protocols/aws-query';
import type { LambdaService } from '../lambda';
import { snsResources } from './resources';
import type { Message, Publication, Topic } from './topic';

export type { Message } from './topic';

export interface SnsService extends ServiceModule {
  /**
   * Publishes for an AWS service (EventBridge, CloudWatch): the topic's policy must allow it. Throws
   * AuthorizationError, NotFound.
   */
  publishAsService(
    caller: { readonly service: string; readonly sourceArn: string },
    topicArn: string,
    publication: Publication,
  ): Message;
  /** Subscribes to the messages of all topics; returns a function that unsubscribes. */
  onMessage(listener: (message: Message) => void): () => void;
  /** The latest 500 messages of each topic, oldest first. */
  messages(topicArn?: string): readonly Message[];
}

/** Amazon SNS. Lambda subscribers are invoked; e-mail is recorded, not sent. Every message is journaled. */
export function createSns(
  kernel: Kernel,
  peers: { readonly lambda?: Pick<LambdaService, 'invoker'> } = {},
): SnsService {
  const topics = new Map<string, Topic>();
  const listeners = new Set<(message: Message) => void>();
  const find = (arn: string) => {
    const topic = topics.get(arn);
    if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
    return topic;
  };
  const deliver = (topic: Topic, message: Message) => {
    for (const { endpoint, protocol } of topic.subscriptions) {
      const error = protocol === 'lambda' ? callFunction(peers, topic, message, endpoint) : undefined;
      journal(kernel, topic, message, `${protocol}:${endpoint}`, error);
    }
    if (topic.subscriptions.length === 0) journal(kernel, topic, message, 'no subscriber', undefined);
    for (const listener of listeners) listener(message);
  };
  const operations = snsOperations(topics, find);
  return {
    signingNames: ['sns'],
    operations,
    handle: awsQuery({ kernel, namespace: 'http://sns.amazonaws.com/doc/2010-03-31/', operations }),
    resources: snsResources(kernel, topics, deliver),
    publishAsService: (caller, topicArn, publication) =>
      find(topicArn).publish(publication, { kind: 'aws-service', ...caller }),
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    messages: (topicArn) =>
      (topicArn === undefined ? [...topics.values()] : [find(topicArn)]).flatMap(({ messages }) => messages),
  };
}

function snsOperations(topics: ReadonlyMap<string, Topic>, find: (arn: string) => Topic): Operations {
  return {
    Publish: {
      // The topic's policy may also allow the call, so Topic.publish authorises it.
      grants: () => [],
      handle: (input, request) => {
        const {
          Message: message,
          MessageAttributes: attributes,
          Subject: subject,
          TopicArn: topicArn,
          ...others
        } = input;
        const [unknown] = Object.keys(others);
        if (unknown !== undefined)
          throw new AwsError('UnsupportedOperation', `The local cloud's Publish does not know ${unknown}.`);
        if (typeof topicArn !== 'string') throw new AwsError('InvalidParameter', 'Invalid parameter: TopicArn');
        const publication = {
          message: typeof message === 'string' ? message : '',
          attributes: readAttributes(attributes),
          ...(typeof subject === 'string' ? { subject } : {}),
        };
        return { MessageId: find(topicArn).publish(publication, request.principal).messageId };
      },
    },
    ListTopics: {
      grants: () => [{ action: 'sns:ListTopics', resource: '*' }],
      handle: () => ({ Topics: [...topics.keys()].map((TopicArn) => ({ TopicArn })) }),
    },
    ListSubscriptionsByTopic: {
      grants: (input) => [{ action: 'sns:ListSubscriptionsByTopic', resource: String(input['TopicArn']) }],
      handle: (input) => {
        const topic = find(String(input['TopicArn']));
        return {
          Subscriptions: topic.subscriptions.map(({ arn, endpoint, protocol }) => ({
            SubscriptionArn: protocol.startsWith('email') ? 'PendingConfirmation' : arn,
            Owner: topic.arn.split(':')[4],
            Protocol: protocol,
            Endpoint: endpoint,
            TopicArn: topic.arn,
          })),
        };
      },
    },
  };
}

function readAttributes(given: unknown): Readonly<Record<string, string>> {
  const attributes = (given ?? {}) as Readonly<Record<string, JsonObject>>;
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, String(value['StringValue'] ?? '')]),
  );
}

function callFunction(
  peers: { readonly lambda?: Pick<LambdaService, 'invoker'> },
  topic: Topic,
  message: Message,
  functionArn: string,
): string | undefined {
  const record = {
    EventVersion: '1.0',
    EventSubscriptionArn: topic.subscriptions.find(({ endpoint }) => endpoint === functionArn)?.arn,
    EventSource: 'aws:sns',
    Sns: {
      Type: 'Notification',
      MessageId: message.messageId,
      TopicArn: topic.arn,
      Subject: message.subject ?? null,
      Message: message.message,
      Timestamp: message.timestamp,
      MessageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, Value]) => [name, { Type: 'String', Value }]),
      ),
    },
  };
  try {
    const caller = { service: 'sns.amazonaws.com', sourceArn: topic.arn };
    peers.lambda?.invoker.enqueueForService(caller, functionArn, JSON.stringify({ Records: [record] }));
    return peers.lambda === undefined ? 'This cloud was started without Lambda.' : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function journal(kernel: Kernel, topic: Topic, message: Message, to: string, error: string | undefined): void {
  kernel.journal({
    service: 'sns',
    operation: 'Deliver',
    method: 'POST',
    path: `${topic.arn} → ${to}`,
    principal: message.publisher,
    status: error === undefined ? 200 : 400,
    ms: 0,
    body: JSON.stringify({ Subject: message.subject, Message: message.message }),
    ...(error === undefined ? {} : { error }),
  });
}
