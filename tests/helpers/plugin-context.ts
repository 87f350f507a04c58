import type { TestCloud } from '../../local/tests/support/test-cloud';
import { Context } from '../../plugin/context';
import type { ClientConfig, CliOptions, Serverless } from '../../plugin/serverless';
import type { Terminal } from '../../plugin/terminal';

export interface ContextOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly options?: CliOptions;
  /** SDK client settings that override the cloud's. */
  readonly client?: object;
  /** `resources` of the configuration; none by default. */
  readonly resources?: object;
  /** False for a stage without its own endpoint, as on AWS. */
  readonly hasEndpoint?: boolean;
}

/**
 * A verb's context for a test cloud, with the parts of the framework that verbs use: names, parameters, clients. Its
 * output is not a terminal.
 */
export function contextAt(
  cloud: TestCloud,
  stackName: string,
  given: ContextOptions = {},
): { readonly context: Context; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const terminal: Terminal = {
    interactive: false,
    columns: undefined,
    line: (text = '') => lines.push(text),
    note: (text) => lines.push(text),
    live: () => {},
    style: (_colour, text) => text,
    link: (text) => text,
  };
  const provider = {
    naming: { getStackName: () => stackName },
    getStage: () => 'test',
    getRegion: () => cloud.client.region,
    // Path-style addresses: a host name per bucket does not resolve on loopback.
    getAwsSdkV3Config: async () =>
      ({
        ...cloud.client,
        credentials: async () => cloud.client.credentials,
        forcePathStyle: true,
        ...given.client,
      }) as ClientConfig,
  };
  const serverless = {
    serviceDir: '.',
    processedInput: { commands: [], options: given.options ?? {} },
    configurationInput: { params: { default: { grafanaVersion: '12.4', vpcId: '', ...given.params } } },
    service: { resources: { Resources: {}, ...given.resources } },
    getProvider: () => provider,
  } as unknown as Serverless;
  return {
    context: new Context(serverless, terminal, given.hasEndpoint === false ? undefined : new URL(cloud.endpoint)),
    lines,
  };
}
