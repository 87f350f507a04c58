import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../../cloud/cloud';
import type { Cloud, CloudOptions } from '../../cloud/contracts';

export interface TestCloud extends Cloud {
  /** Settings of an SDK client that speaks to this cloud as the deployer. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  /** Environment for a CLI or a process that speaks to this cloud. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The whole local cloud on a free port, with its state in a directory that goes away with it. */
export async function startTestCloud(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
  const directory = await mkdtemp(join(tmpdir(), 'local-cloud-'));
  const region = options.region ?? 'eu-west-1';
  const cloud = await startCloud({ port: 0, directory, region, ...options });
  return {
    ...cloud,
    client: {
      endpoint: cloud.endpoint,
      region,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    },
    environment: {
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
    close: async () => {
      await cloud.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
