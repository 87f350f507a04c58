import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { LOCK_KEY } from '../../../functions/domain/naming';
import { findFreePorts, type Ports } from '../../../local/cli/ports';
import { startTestCloud } from '../../../local/tests/support/test-cloud';
import { type Run, type SlsOptions, sls } from '../../helpers/verbs-service';
import { checkoutWithStage } from './checkout';
import { filesWith } from './files-with';
import { functionGate } from './function-gate';
import { rememberLent, rememberTokens } from './lent';
import { startOwnNode } from './own-node';
import type { Problems } from './try-fault';

export const stages = ['local', 'second'] as const;
export type Stage = (typeof stages)[number];

export type WholeStack = Awaited<ReturnType<typeof startWholeStack>>;

/**
 * A local cloud and a checkout with two stages, nothing deployed. Issued credentials, created tokens, output and
 * written files are recorded, to search them for secrets.
 */
export async function startWholeStack() {
  process.env['LOCAL_BACKENDS'] = 'standin';
  const checkout = await checkoutWithStage('second');
  const node = startOwnNode(checkout.outer, checkout.temporary);
  const lent = rememberLent();
  const ports: Record<Stage, Ports> = { local: await findFreePorts(), second: await findFreePorts() };
  const cloud = await startTestCloud({
    port: ports.local.LOCAL_PORT,
    grafana: { port: ports.local.LOCAL_GRAFANA_PORT, throttle: 'off' },
  });
  const tokens = rememberTokens(cloud.grafana);
  const states = new SFNClient(cloud.client);
  const printed = join(checkout.outer, 'printed.log');

  const stackOf = (stage: Stage) =>
    cloud.cloudFormation.stacks.active().find(({ name }) => name === `grafana-observability-${stage}`);
  const output = (stage: Stage, key: string): string =>
    stackOf(stage)?.outputs.find((one) => one.key === key)?.value ?? '';
  const bucketsOf = (stage: Stage): readonly string[] =>
    [...(stackOf(stage)?.resources.values() ?? [])]
      .filter(({ template }) => template.type === 'AWS::S3::Bucket')
      .map(({ physicalId }) => physicalId);

  return {
    cloud,
    checkout,
    node,
    lent,
    tokens,
    functions: functionGate(cloud.lambda),
    bucketsOf,
    async run(line: string, options: Partial<SlsOptions> & { readonly stage?: Stage } = {}): Promise<Run> {
      const settings = Object.entries(ports[options.stage ?? 'local']).map(([name, port]) => [name, String(port)]);
      const environment = {
        ...Object.fromEntries(settings),
        LOCAL_PORT: String(cloud.port),
        SLS_AWS_MONITORING_FREQUENCY: '500',
        HOME: checkout.home,
      };
      const ended = await sls(checkout.directory, line.split(' '), { ...options, port: cloud.port, environment });
      appendFileSync(printed, `${ended.stdout}${ended.stderr}`);
      return ended;
    },
    /** The stack, workspace and buckets of a stage that are missing or duplicated. */
    async notOneOf(stage: Stage): Promise<Problems> {
      const status = stackOf(stage)?.status ?? 'not there';
      const workspaces = cloud.grafana
        .workspaces()
        .filter(({ name }) => name === output(stage, 'GrafanaWorkspaceName'));
      const there = await cloud.s3.listBuckets();
      const missing = bucketsOf(stage).filter((bucket) => !there.includes(bucket));
      return [
        ...(/^(CREATE|UPDATE)_COMPLETE$/.test(status) ? [] : [`the stack of ${stage} is ${status}`]),
        ...(workspaces.length === 1 ? [] : [`${workspaces.length} workspaces of ${stage}`]),
        ...(bucketsOf(stage).length > 0 ? [] : [`no bucket of ${stage}`]),
        ...missing.map((bucket) => `${bucket} of ${stage} is not there`),
      ];
    },
    async newestSetup(): Promise<string> {
      const stateMachineArn = output('local', 'SetupStateMachineArn');
      const { executions } = await states.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }));
      return executions?.[0]?.executionArn ?? '';
    },
    statusOf: async (executionArn: string) =>
      (await states.send(new DescribeExecutionCommand({ executionArn }))).status,
    lockIsLeft: (): Promise<boolean> =>
      cloud.s3.readObject(output('local', 'AuditBucketName'), LOCK_KEY).then(
        () => true,
        (error: Error) => {
          if (error.name === 'NoSuchKey') return false;
          throw error;
        },
      ),
    /**
     * The files of the cloud, the checkout and its processes, and the output, that contain a created token or an issued
     * key.
     */
    async filesWithSecrets(): Promise<readonly string[]> {
      const keys = lent.flatMap(({ credentials }) => [credentials.secretAccessKey, credentials.sessionToken]);
      const texts = new Set([...tokens, ...keys].flatMap((text) => [text, encodeURIComponent(text)]));
      const directories = [dirname(cloud.directory), checkout.outer];
      return (await Promise.all(directories.map((directory) => filesWith(directory, [...texts])))).flat();
    },
    async close(): Promise<void> {
      states.destroy();
      await cloud.close();
      node.restore();
      jest.restoreAllMocks();
      await checkout.remove();
    },
  };
}
