import type { ConditionalTemplate } from './packaging/resolve-conditions';

/** What this plugin uses of the Serverless Framework (osls 4), whose own types leave these out. */
export interface Serverless {
  readonly serviceDir: string;
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: Options;
    readonly isHelpRequest?: boolean;
  };
  readonly configurationInput?: Configuration;
  readonly service: {
    readonly service: string;
    readonly functions?: Readonly<Record<string, FunctionSettings>>;
    readonly provider: {
      readonly stage?: string;
      compiledCloudFormationTemplate?: Template;
      shouldNotDeploy?: boolean;
    };
    readonly package: { readonly path?: string };
    /** `resources` of the configuration: the stack without what the framework adds, its parameters in place. */
    readonly resources?: ConditionalTemplate;
  };
  readonly pluginManager: {
    spawn(command: string, options?: { readonly terminateLifecycleAfterExecution: boolean }): Promise<void>;
    readonly plugins: readonly object[];
    readonly hooks: Record<string, readonly { readonly pluginName: string }[]>;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  getProvider(name: 'aws'): AwsProvider;
  /** What the framework prints when a verb has ended; there once it runs. */
  readonly serviceOutputs?: Map<string, unknown>;
  addServiceOutputSection(name: string, content: string | readonly string[]): void;
}

/** A function of serverless.yml. */
export interface FunctionSettings {
  handler: string;
  package?: { readonly patterns?: readonly string[]; readonly artifact?: string };
}

export interface Configuration {
  readonly params?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  readonly provider?: { readonly stage?: string; readonly region?: string };
  /** The text of a variable until the framework has resolved it. */
  readonly functions?: string | Readonly<Record<string, unknown>>;
}

export interface AwsProvider {
  readonly options: Options;
  readonly naming: { getStackName(): string };
  getStage(): string;
  getRegion(): string;
  getDeploymentPrefix(): string;
  getServerlessDeploymentBucketName(): Promise<string>;
  getAwsSdkV3Config(): Promise<ClientConfig>;
}

/** Opaque options of osls for every SDK client (region, credentials, proxy, retries). */
export interface ClientConfig {
  readonly region: string;
  readonly credentials: () => Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }>;
}

export interface Template {
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Resources: Record<
    string,
    { readonly Type: string; readonly Properties?: Record<string, unknown>; readonly DeletionPolicy?: string }
  >;
  Outputs?: Record<string, unknown>;
}

/** The options of the command line; the framework reads them again for each client. */
export type Options = Record<string, string | boolean | readonly string[] | undefined>;

export type CliOptions = Readonly<Options>;

export type Hooks = Readonly<Record<string, () => Promise<void> | void>>;

export interface CommandOption {
  readonly usage: string;
  readonly type: 'string' | 'boolean' | 'multiple';
  readonly shortcut?: string;
}

export interface Command {
  /** Not shown to people; other verbs run it. */
  readonly type?: 'entrypoint';
  readonly usage: string;
  readonly lifecycleEvents?: readonly string[];
  readonly options?: Readonly<Record<string, CommandOption>>;
}
