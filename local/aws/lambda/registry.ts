import { AwsError, type Kernel } from '../../kernel/contracts';
import type { FunctionInterfaces } from './function-interfaces';
import type { LambdaFunction } from './lambda-function';

/** One statement of a function's resource policy (AWS::Lambda::Permission). */
export interface Permission {
  readonly id: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
}

/** A function's event-invoke configuration: 0 to 2 retries, and the destination of events that failed. */
export interface EventInvokeConfig {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly onFailureArn?: string;
}

export interface FunctionEntry {
  latest: LambdaFunction;
  readonly versions: Map<string, LambdaFunction>;
  readonly permissions: Map<string, Permission>;
  eventInvoke: EventInvokeConfig;
}

export const DEFAULT_EVENT_INVOKE: EventInvokeConfig = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** The account's functions, by name, ARN or partial ARN, with or without a qualifier. */
export class FunctionRegistry {
  private readonly entries = new Map<string, FunctionEntry>();

  constructor(
    private readonly kernel: Kernel,
    private readonly interfaces: Pick<FunctionInterfaces, 'place'>,
  ) {}

  all(): readonly FunctionEntry[] {
    return [...this.entries.values()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  set(name: string, entry: FunctionEntry): void {
    this.entries.set(name, entry);
    this.place(entry.latest);
  }

  /** Replaces `$LATEST`. */
  async replace(name: string, latest: LambdaFunction): Promise<void> {
    const entry = this.entry(name);
    const previous = entry.latest;
    entry.latest = latest;
    this.place(latest);
    await previous.close();
  }

  /** Puts the function's network interfaces into the subnets of its configuration; releases all when it is deleted. */
  private place({ name, properties }: LambdaFunction, deleted = false): void {
    this.interfaces.place({
      functionName: name,
      roleArn: properties.Role,
      subnetIds: deleted ? [] : (properties.VpcConfig?.SubnetIds ?? []),
      securityGroupIds: deleted ? [] : (properties.VpcConfig?.SecurityGroupIds ?? []),
    });
  }

  /** The ARN, for any form of a function's name. The function need not exist. */
  arnOf(reference: string, qualifier?: string): string {
    const parsed = parseReference(reference);
    const suffix = qualifier ?? parsed.qualifier;
    const { accountId, partition, region } = this.kernel;
    return `arn:${partition}:lambda:${region}:${accountId}:function:${parsed.name}${suffix === undefined ? '' : `:${suffix}`}`;
  }

  /** Throws ResourceNotFoundException, worded as Lambda's. */
  entry(reference: string): FunctionEntry {
    const entry = this.entries.get(parseReference(reference).name);
    if (entry === undefined) throw notFound(this.arnOf(reference));
    return entry;
  }

  version(reference: string, qualifier?: string): LambdaFunction {
    const entry = this.entry(reference);
    const wanted = qualifier ?? parseReference(reference).qualifier ?? '$LATEST';
    const found = wanted === '$LATEST' ? entry.latest : entry.versions.get(wanted);
    if (found === undefined) throw notFound(this.arnOf(reference, wanted));
    return found;
  }

  async delete(name: string): Promise<void> {
    const entry = this.entries.get(name);
    this.entries.delete(name);
    if (entry === undefined) return;
    this.place(entry.latest, true);
    await Promise.all([entry.latest, ...entry.versions.values()].map((version) => version.close()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((name) => this.delete(name)));
  }
}

function parseReference(reference: string): { name: string; qualifier?: string } {
  const arn = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:([\w-]+)(?::([\w$-]+))?$/.exec(reference);
  const [, name = '', qualifier] = arn ?? /^(?:\d{12}:function:)?([\w-]+)(?::([\w$-]+))?$/.exec(reference) ?? [];
  if (name === '') {
    throw new AwsError('InvalidParameterValueException', `${reference} is not a function name or ARN.`);
  }
  return qualifier === undefined ? { name } : { name, qualifier };
}

function notFound(arn: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404, { Type: 'User' });
}
