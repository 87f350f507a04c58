import type { GrafanaClient } from '@aws-sdk/client-grafana';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
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
    const { CloudFormationClient } =
      require('@aws-sdk/client-cloudformation') as typeof import('@aws-sdk/client-cloudformation');
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

  async stepFunctions(): Promise<SFNClient> {
    const { SFNClient } = require('@aws-sdk/client-sfn') as typeof import('@aws-sdk/client-sfn');
    return this.client(SFNClient);
  }

  async grafana(): Promise<GrafanaClient> {
    const { GrafanaClient } = require('@aws-sdk/client-grafana') as typeof import('@aws-sdk/client-grafana');
    return this.client(GrafanaClient);
  }

  async s3(): Promise<S3Client> {
    const { S3Client } = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
    if (!this.endpoint) return this.client(S3Client);
    // Path style: the endpoint of a stage has no DNS name per bucket.
    class PathStyleS3Client extends S3Client {
      constructor(config: ClientConfig) {
        super({ ...config, forcePathStyle: true });
      }
    }
    return this.client(PathStyleS3Client);
  }

  async iam(): Promise<IAMClient> {
    const { IAMClient } = require('@aws-sdk/client-iam') as typeof import('@aws-sdk/client-iam');
    return this.client(IAMClient);
  }

  close(): void {
    for (const client of this.open.splice(0)) client.destroy();
  }
}

/** The last value of a parameter among those of `--param`, as the framework gives them. */
export function typedParameter(given: unknown, name: string): string | undefined {
  const typed = Array.isArray(given) ? given.map(String).findLast((item) => item.startsWith(`${name}=`)) : undefined;
  return typed?.slice(name.length + 1).trim();
}
