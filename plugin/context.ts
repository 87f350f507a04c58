import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { GrafanaClient } from '@aws-sdk/client-grafana';
import { IAMClient } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { findStack, required, type Stack } from './aws/stack';
import type { ConditionalTemplate } from './packaging/resolve-conditions';
import type { ClientConfig, Serverless } from './serverless';
import type { Terminal } from './terminal';

/** The context of a verb: the stage, its stack, SDK clients and the terminal. */
export class Context {
  private readonly open: { destroy(): void }[] = [];

  constructor(
    readonly serverless: Serverless,
    readonly terminal: Terminal,
    /** Set at a stage whose AWS APIs answer elsewhere than on AWS. */
    readonly endpoint: URL | undefined,
  ) {}

  get stage(): string {
    return this.serverless.getProvider('aws').getStage();
  }

  get stackName(): string {
    return this.serverless.getProvider('aws').naming.getStackName();
  }

  get region(): string {
    return this.serverless.getProvider('aws').getRegion();
  }

  /** The command line of a verb at this stage, for messages: `npx sls deploy --stage dev`. */
  command(verb: string): string {
    return `npx sls ${verb} --stage ${this.stage}`;
  }

  option(name: string): string | undefined {
    const value = this.serverless.processedInput.options[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** `fallback` when neither the flag nor its negation was given. */
  flag(name: string, fallback = false): boolean {
    const value = this.serverless.processedInput.options[name];
    return typeof value === 'boolean' ? value : fallback;
  }

  /** A stage parameter's value: the command line's, the stage's, or the default. */
  parameter(name: string): string {
    const params = this.serverless.configurationInput?.params;
    return this.typedParameter(name) ?? String(params?.[this.stage]?.[name] ?? params?.['default']?.[name] ?? '');
  }

  /** The value of a parameter on the command line (`--param="name=value"`). */
  typedParameter(name: string): string | undefined {
    return typedParameter(this.serverless.processedInput.options['param'], name);
  }

  /**
   * The stack's own resources as the configuration declares them, with the parameters in place and no condition
   * resolved.
   */
  template(): ConditionalTemplate {
    return this.serverless.service.resources ?? { Resources: {} };
  }

  async findStack(): Promise<Stack | undefined> {
    return findStack(await this.client(CloudFormationClient), this.stackName);
  }

  /** The stack; throws a Problem with the command to deploy it when there is none. */
  async stack(): Promise<Stack> {
    return required(await this.findStack(), this.stackName, this.command('deploy'));
  }

  /** A client of this stage's account and region; it is destroyed when the verb has ended. */
  async client<C extends { destroy(): void }>(Client: new (config: ClientConfig) => C): Promise<C> {
    const client = new Client(await this.serverless.getProvider('aws').getAwsSdkV3Config());
    this.open.push(client);
    return client;
  }

  stepFunctions(): Promise<SFNClient> {
    return this.client(SFNClient);
  }

  grafana(): Promise<GrafanaClient> {
    return this.client(GrafanaClient);
  }

  s3(): Promise<S3Client> {
    // Path style: the endpoint of a stage has no DNS name per bucket.
    return this.client(this.endpoint ? PathStyleS3Client : S3Client);
  }

  iam(): Promise<IAMClient> {
    return this.client(IAMClient);
  }

  close(): void {
    for (const client of this.open.splice(0)) client.destroy();
  }
}

class PathStyleS3Client extends S3Client {
  constructor(config: ClientConfig) {
    super({ ...config, forcePathStyle: true });
  }
}

/** The last value of a parameter among those of `--param`, as the framework gives them. */
export function typedParameter(given: unknown, name: string): string | undefined {
  const typed = Array.isArray(given) ? given.map(String).findLast((item) => item.startsWith(`${name}=`)) : undefined;
  return typed?.slice(name.length + 1).trim();
}
