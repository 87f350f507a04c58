import { randomUUID } from 'node:crypto';
import { covers, evaluate, matchesPrincipal, type Policy } from '../../kernel/access/policy';
import { AwsError, type Kernel, type Principal } from '../../kernel/contracts';

export interface Message {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject: string | undefined;
  readonly message: string;
  /** Values by attribute name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly timestamp: string;
  /** ARN of the role or name of the service that published it. */
  readonly publisher: string;
}

export interface Subscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** The publisher: a principal, or an AWS service on behalf of one of its resources. */
export type Publisher =
  | Principal
  | { readonly kind: 'aws-service'; readonly service: string; readonly sourceArn: string };

export interface Publication {
  readonly message: string;
  readonly subject?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

const MESSAGE_LIMIT = 262_144;
/** The number of messages that a topic keeps for the page and the tests. */
const MESSAGES_KEPT = 500;

export class Topic {
  readonly subscriptions: Subscription[] = [];
  readonly messages: Message[] = [];
  policy: Policy | undefined;

  constructor(
    private readonly kernel: Kernel,
    readonly arn: string,
    readonly name: string,
    public kmsKeyId: string | undefined,
    private readonly deliver: (topic: Topic, message: Message) => void,
  ) {}

  /** Throws AuthorizationError, InvalidParameter, KMSAccessDenied. */
  publish(publication: Publication, publisher: Publisher): Message {
    this.authorize(publisher);
    check(publication);
    const message: Message = {
      messageId: randomUUID(),
      topicArn: this.arn,
      subject: publication.subject,
      message: publication.message,
      attributes: publication.attributes ?? {},
      timestamp: this.kernel.now().toISOString(),
      publisher: publisher.kind === 'aws-service' ? publisher.service : publisher.arn,
    };
    this.messages.push(message);
    if (this.messages.length > MESSAGES_KEPT) this.messages.shift();
    this.deliver(this, message);
    return message;
  }

  /** Within one account, the caller's policy or the topic's must allow the call, and neither may deny it. */
  private authorize(publisher: Publisher): void {
    const byTopic = this.topicDecision(publisher);
    if (publisher.kind === 'deployer') return;
    if (publisher.kind === 'aws-service') {
      if (byTopic !== 'allowed') throw notAuthorized(publisher.service, this.arn, 'resource-based');
      if (this.kmsKeyId?.endsWith('alias/aws/sns') === true) {
        throw new AwsError(
          'KMSAccessDenied',
          `${publisher.service} cannot use the key alias/aws/sns of ${this.arn}: its policy cannot name a service. Use a key of your own, or none.`,
        );
      }
      return;
    }
    if (byTopic === 'denied') throw notAuthorized(publisher.arn, this.arn, 'resource-based');
    if (byTopic === 'allowed') return;
    try {
      this.kernel.authorize(publisher, [{ action: 'sns:Publish', resource: this.arn }]);
    } catch {
      throw notAuthorized(publisher.arn, this.arn, 'identity-based');
    }
  }

  private topicDecision(publisher: Publisher): ReturnType<typeof evaluate> {
    const { accountId, partition } = this.kernel;
    const service = publisher.kind === 'aws-service';
    const values = service
      ? [publisher.service]
      : [publisher.arn, publisher.roleArn ?? publisher.arn, accountId, `arn:${partition}:iam::${accountId}:root`];
    const statements = (this.policy?.statements ?? []).filter((statement) =>
      matchesPrincipal(statement, service ? 'Service' : 'AWS', values),
    );
    const source = { 'aws:SourceAccount': accountId, ...(service ? { 'aws:SourceArn': publisher.sourceArn } : {}) };
    // "You can't use Condition blocks in Amazon SNS topic policies for EventBridge" (EventBridge user guide): it sends
    // no keys.
    const sendsNoSource = service && publisher.service === 'events.amazonaws.com';
    // Requests on the loopback interface count as TLS.
    const context = { 'aws:SecureTransport': 'true', ...(sendsNoSource ? {} : source) };
    const grant = { action: 'sns:Publish', resource: this.arn, context };
    return evaluate([{ statements: statements.filter((statement) => covers(statement, grant)) }], grant);
  }
}

function check({ message, subject }: Publication): void {
  if (message === '') throw invalid('Empty message');
  if (Buffer.byteLength(message) > MESSAGE_LIMIT) throw invalid('Message too long');
  if (subject === undefined) return;
  // UTF-8 text without line breaks and control characters, under 100 characters (aws-facts: sns-subject).
  if (!/^\P{Cc}{1,99}$/u.test(subject) || /[\u2028\u2029]/.test(subject)) throw invalid('Subject');
}

function invalid(reason: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${reason}`);
}

function notAuthorized(who: string, topicArn: string, kind: 'identity-based' | 'resource-based'): AwsError {
  return new AwsError(
    'AuthorizationError',
    `User: ${who} is not authorized to perform: SNS:Publish on resource: ${topicArn} because no ${kind} policy allows the SNS:Publish action`,
    403,
  );
}
