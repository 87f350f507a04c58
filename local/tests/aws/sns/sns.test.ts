import { ListSubscriptionsByTopicCommand, ListTopicsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { createLambda, type LambdaService } from '../../../aws/lambda';
import { createSns, type Message, type SnsService } from '../../../aws/sns';
import type { JsonObject } from '../../../kernel/contracts';
import { type ComputeCloud, create, startComputeCloud } from '../support/compute-cloud';

let cloud: ComputeCloud;
let sns: SnsService;
let lambda: LambdaService;
let client: SNSClient;
let made = 0;

beforeAll(async () => {
  cloud = await startComputeCloud();
  lambda = createLambda(cloud.kernel);
  sns = createSns(cloud.kernel, { lambda });
  cloud.kernel.register(lambda);
  cloud.kernel.register(sns);
  client = new SNSClient(cloud.client);
});
afterAll(async () => {
  client.destroy();
  await cloud[Symbol.asyncDispose]();
});

async function topic(statements: JsonObject[] = [], more: JsonObject = {}): Promise<string> {
  made += 1;
  const { ref } = await create(sns, 'AWS::SNS::Topic', 'Topic', { TopicName: `topic-${made}`, ...more });
  if (statements.length > 0) {
    await create(sns, 'AWS::SNS::TopicPolicy', 'Policy', { Topics: [ref], PolicyDocument: { Statement: statements } });
  }
  return ref;
}

/** A client that signs with a session of this role. */
function as(name: string, statements: JsonObject[] = []): SNSClient {
  const arn = cloud.role(name, 'grafana.amazonaws.com', statements);
  const { credentials } = cloud.kernel.assumeRole(arn, 'grafana.amazonaws.com', 'test');
  return new SNSClient({ ...cloud.client, credentials });
}

const allow = (Principal: JsonObject, more: JsonObject = {}): JsonObject => ({
  Effect: 'Allow',
  Principal,
  Action: 'sns:Publish',
  Resource: '*',
  ...more,
});
/** A service that acts for this account. */
const from = (Service: string, account: string): JsonObject =>
  allow({ Service }, { Condition: { StringEquals: { 'aws:SourceAccount': account } } });
const ALARMS = { service: 'cloudwatch.amazonaws.com', sourceArn: 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:a' };
const EVENTS = { service: 'events.amazonaws.com', sourceArn: 'arn:aws:events:eu-west-1:000000000000:rule/r' };

describe('a message', () => {
  it('is stored and passed to listeners, with subject and attributes', async () => {
    const TopicArn = await topic();
    const heard: Message[] = [];
    const stop = sns.onMessage((message) => heard.push(message));
    const { MessageId } = await client.send(
      new PublishCommand({
        TopicArn,
        Subject: 'Sev2 – bei „checkout“',
        Message: 'five errors & more',
        MessageAttributes: { severity: { DataType: 'String', StringValue: '2' } },
      }),
    );
    stop();
    expect(heard).toEqual([
      expect.objectContaining({
        messageId: MessageId,
        subject: 'Sev2 – bei „checkout“',
        message: 'five errors & more',
        attributes: { severity: '2' },
      }),
    ]);
    expect(sns.messages(TopicArn)).toEqual(heard);
  });

  it('reaches a Lambda subscriber whose permission names the topic', async () => {
    cloud.role('listener', 'lambda.amazonaws.com', [{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
    await create(lambda, 'AWS::Lambda::Function', 'listener', {
      FunctionName: 'listener',
      Code: cloud.zip({ 'index.mjs': 'export const handler = async (e) => console.log(e.Records[0].Sns.Message);' }),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::000000000000:role/listener',
    });
    const TopicArn = await topic();
    const Endpoint = 'arn:aws:lambda:eu-west-1:000000000000:function:listener';
    await create(sns, 'AWS::SNS::Subscription', 'Sub', { TopicArn, Protocol: 'lambda', Endpoint });
    await create(lambda, 'AWS::Lambda::Permission', 'Allow', {
      Action: 'lambda:InvokeFunction',
      FunctionName: 'listener',
      Principal: 'sns.amazonaws.com',
      SourceArn: TopicArn,
    });
    const lines = () =>
      cloud.logs.filter(({ group, message }) => group === '/aws/lambda/listener' && message.includes('hear me'));
    await client.send(new PublishCommand({ TopicArn, Message: 'hear me' }));
    while (lines().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lines()).toHaveLength(1);
  });

  it('for an e-mail address is recorded; the subscription stays unconfirmed', async () => {
    const TopicArn = await topic([], { Subscription: [{ Protocol: 'email', Endpoint: 'oncall@example.com' }] });
    const { Subscriptions } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toMatchObject([
      { Protocol: 'email', Endpoint: 'oncall@example.com', SubscriptionArn: 'PendingConfirmation' },
    ]);
    const { Topics } = await client.send(new ListTopicsCommand({}));
    expect(Topics).toContainEqual({ TopicArn });
  });
});

describe('who may publish', () => {
  it('a role by its own policy, or by the topic’s', async () => {
    const open = await topic();
    const granted = as('granted', [{ Effect: 'Allow', Action: 'sns:Publish', Resource: open }]);
    await expect(granted.send(new PublishCommand({ TopicArn: open, Message: 'm' }))).resolves.toBeDefined();
    const named = as('named');
    const closed = await topic([allow({ AWS: 'arn:aws:iam::000000000000:role/named' })]);
    await expect(named.send(new PublishCommand({ TopicArn: closed, Message: 'm' }))).resolves.toBeDefined();
    await expect(granted.send(new PublishCommand({ TopicArn: closed, Message: 'm' }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      message: expect.stringContaining(`is not authorized to perform: SNS:Publish on resource: ${closed}`),
    });
  });

  it('never anyone whom the topic’s policy denies', async () => {
    const denied = as('denied', [{ Effect: 'Allow', Action: 'sns:*', Resource: '*' }]);
    const TopicArn = await topic([{ Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Resource: '*' }]);
    await expect(denied.send(new PublishCommand({ TopicArn, Message: 'm' }))).rejects.toThrow('not authorized');
  });

  it('a service only when the topic’s policy names it, with its conditions', async () => {
    const closed = await topic();
    expect(() => sns.publishAsService(ALARMS, closed, { message: 'm' })).toThrow('no resource-based policy allows');
    const open = await topic([
      from('cloudwatch.amazonaws.com', '000000000000'),
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 'sns:Publish',
        Resource: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
    expect(sns.publishAsService(ALARMS, open, { message: 'm' }).publisher).toBe('cloudwatch.amazonaws.com');
    const foreign = await topic([from('cloudwatch.amazonaws.com', '111111111111')]);
    expect(() => sns.publishAsService(ALARMS, foreign, { message: 'm' })).toThrow('not authorized');
  });

  it('EventBridge never under a condition on its source, because it does not send one to SNS', async () => {
    const open = await topic([allow({ Service: 'events.amazonaws.com' })]);
    expect(sns.publishAsService(EVENTS, open, { message: 'm' }).publisher).toBe('events.amazonaws.com');
    const conditional = await topic([from('events.amazonaws.com', '000000000000')]);
    expect(() => sns.publishAsService(EVENTS, conditional, { message: 'm' })).toThrow('not authorized');
  });

  it('no service to a topic encrypted with the key alias/aws/sns', async () => {
    const encrypted = await topic([allow({ Service: 'events.amazonaws.com' })], { KmsMasterKeyId: 'alias/aws/sns' });
    expect(() => sns.publishAsService(EVENTS, encrypted, { message: 'm' })).toThrow('alias/aws/sns');
  });
});

it.each([
  ['an unknown topic', { TopicArn: 'arn:aws:sns:eu-west-1:000000000000:none', Message: 'm' }, 'NotFoundException'],
  ['a subject with a control character', { Subject: 'a\u0007b', Message: 'm' }, 'InvalidParameterException'],
  ['a subject with a line break', { Subject: 'a\nb', Message: 'm' }, 'InvalidParameterException'],
  ['a subject of 101 characters', { Subject: 'x'.repeat(101), Message: 'm' }, 'InvalidParameterException'],
  ['a message over 256 KiB', { Message: 'x'.repeat(262_145) }, 'InvalidParameterException'],
  ['a parameter that it does not know', { Message: '{}', MessageStructure: 'json' }, 'UnsupportedOperation'],
])('refuses %s', async (_title, input, name) => {
  const TopicArn = await topic();
  await expect(client.send(new PublishCommand({ TopicArn, ...input }))).rejects.toMatchObject({ name });
});
