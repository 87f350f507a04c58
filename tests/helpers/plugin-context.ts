import type { TestCloud } from '../../local/tests/support/test-cloud';
import { Context } from '../../plugin/context';
import type { ClientConfig, CliOptions, Serverless } from '../../plugin/serverless';
import type { Terminal } from '../../plugin/terminal';

export interface ContextOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly options?: CliOptions;
  /** Settings of SDK clients over the cloud's own. */
  readonly client?: object;
  /** `resources` of the configuration; none by default. */
  readonly resources?: object;
  /** False: as on AWS, where a stage has no endpoint of its own. */
  readonly hasEndpoint?: boolean;
}

/** A verb's context at a test cloud, with the part of the framework that verbs ask: names, parameters, clients. Not a terminal. */
export function contextAt(
  cloud: TestCloud,
  stackName: string,
  given: ContextOptions = {},
): { readonly context: Context; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const terminal: Terminal = {
    interactive: false,
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
