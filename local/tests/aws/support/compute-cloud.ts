import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { JsonObject, ResourceHandler, ResourceRequest, ServiceModule } from '../../../kernel/contracts';
import { createKernel, type LocalKernel } from '../../../kernel/create-kernel';
import { addRole } from './add-role';

export const ACCOUNT = '000000000000';
export const REGION = 'eu-west-1';

export interface LogLine {
  readonly group: string;
  readonly stream: string;
  readonly message: string;
}

/** A kernel on a free port with a bucket and log groups in memory, which the compute services need. */
export interface ComputeCloud extends AsyncDisposable {
  readonly kernel: LocalKernel;
  readonly logs: LogLine[];
  /** Settings for an SDK client that calls this cloud as the deployer. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  /** Makes a role that `service` may assume; returns its ARN. */
  role(name: string, service: string, statements?: readonly JsonObject[]): string;
  /** Stores a zip of these files; returns the function's `Code` property. */
  zip(files: Readonly<Record<string, string>>): JsonObject;
  /** Stores bytes; returns the function's `Code` property. */
  put(key: string, body: Buffer): JsonObject;
}

export async function startComputeCloud(now = () => new Date()): Promise<ComputeCloud> {
  const directory = await mkdtemp(path.join(tmpdir(), 'compute-cloud-'));
  const kernel = await createKernel({ port: 0, directory: () => directory, region: REGION, accountId: ACCOUNT, now });
  const objects = new Map<string, Buffer>();
  const logs: LogLine[] = [];
  kernel.provide({
    writeLog: (group, stream, message) => void logs.push({ group, stream, message }),
    readObject: async (bucket, key) => {
      const object = objects.get(`${bucket}/${key}`);
      if (object === undefined) throw new Error(`No object ${bucket}/${key}`);
      return object;
    },
  });
  return {
    kernel,
    logs,
    client: {
      endpoint: kernel.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    },
    role: (name, service, statements = []) => addRole(kernel, name, service, statements),
    put: (key, body) => {
      objects.set(`code/${key}`, body);
      return { S3Bucket: 'code', S3Key: key };
    },
    zip: (files) => {
      const key = `${randomBytes(6).toString('hex')}.zip`;
      const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const);
      objects.set(`code/${key}`, Buffer.from(zipSync(Object.fromEntries(entries))));
      return { S3Bucket: 'code', S3Key: key };
    },
    [Symbol.asyncDispose]: async () => {
      await kernel.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The request that CloudFormation sends to the handler of one resource. */
export function resource(
  type: string,
  logicalId: string,
  properties: JsonObject,
  physicalId?: string,
): ResourceRequest {
  return {
    stackName: 'demo',
    stackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/demo/1`,
    logicalId,
    type,
    properties,
    tags: {},
    ...(physicalId === undefined ? {} : { physicalId }),
  };
}

export function handlerOf(module: ServiceModule, type: string): ResourceHandler {
  const handler = module.resources?.[type];
  if (handler === undefined) throw new Error(`${type} is not made by this service`);
  return handler;
}

/** Makes a resource; returns what `Ref` gives. */
export async function create(
  module: ServiceModule,
  type: string,
  logicalId: string,
  properties: JsonObject,
): Promise<{ ref: string; attributes: Readonly<Record<string, string>> }> {
  const made = await handlerOf(module, type).create(resource(type, logicalId, properties));
  return { ref: made.physicalId, attributes: made.attributes ?? {} };
}
