import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { problem } from '../problem';
import type { Serverless, Template } from '../serverless';

const fileName = 'service.cjs';

/**
 * Bundles the data processor into the package and writes its object key into the template
 * (`Mappings.ServiceArtifact.Bundle.Key`). The key is made of the bundle's hash, so that an unchanged service
 * changes nothing and a rollback finds the bundle it ran.
 */
export async function packageServiceArtifact(serverless: Serverless): Promise<void> {
  const template = serverless.service.provider.compiledCloudFormationTemplate;
  if (!template) throw problem('NoTemplate', 'The framework has no compiled template while packaging the service.');
  const directory = path.join(serverless.serviceDir, '.serverless');
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, fileName);
  await loadBuilder(serverless.serviceDir).buildService({ outfile: file });
  const hash = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  template.Mappings = {
    ...template.Mappings,
    ServiceArtifact: { Bundle: { Key: `${artifactPrefix(serverless)}/service-${hash}.cjs` } },
  };
}

/** Uploads the bundle that the template names into the deployment bucket, unless it is there. */
export async function uploadServiceArtifact(serverless: Serverless): Promise<'uploaded' | 'present'> {
  const provider = serverless.getProvider('aws');
  const directory = packageDirectory(serverless);
  const key = await artifactKey(serverless, directory);
  const { PutObjectCommand, S3Client } = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
  const client = new S3Client(await provider.getAwsSdkV3Config());
  try {
    const Bucket = await provider.getServerlessDeploymentBucketName();
    if (await exists(client, Bucket, key)) return 'present';
    const file = path.join(directory, fileName);
    const { size } = await stat(file);
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: key,
        Body: createReadStream(file),
        ContentLength: size,
        ContentType: 'text/javascript',
      }),
    );
    return 'uploaded';
  } finally {
    client.destroy();
  }
}

interface ServiceBuilder {
  buildService(options: { readonly outfile: string }): Promise<void>;
}

/** By path and not by import, because the plugin may not import the service (docs/architecture.md). */
function loadBuilder(serviceDir: string): ServiceBuilder {
  return require(path.join(serviceDir, 'service', 'build.cjs')) as ServiceBuilder;
}

function artifactPrefix(serverless: Serverless): string {
  const provider = serverless.getProvider('aws');
  return `${provider.getDeploymentPrefix()}/${serverless.service.service}/${provider.getStage()}/artifacts`;
}

function packageDirectory(serverless: Serverless): string {
  const chosen = serverless.processedInput.options['package'] ?? serverless.service.package.path;
  return path.resolve(serverless.serviceDir, typeof chosen === 'string' ? chosen : '.serverless');
}

async function artifactKey(serverless: Serverless, directory: string): Promise<string> {
  const compiled = serverless.service.provider.compiledCloudFormationTemplate ?? (await readTemplate(directory));
  const key = compiled.Mappings?.['ServiceArtifact']?.['Bundle']?.['Key'];
  if (typeof key === 'string') return key;
  throw problem(
    'NoServiceArtifact',
    `The template in ${directory} names no service bundle. Package it again with \`npx sls package\`.`,
  );
}

async function readTemplate(directory: string): Promise<Template> {
  return JSON.parse(
    await readFile(path.join(directory, 'cloudformation-template-update-stack.json'), 'utf8'),
  ) as Template;
}

async function exists(client: S3Client, Bucket: string, Key: string): Promise<boolean> {
  const { HeadObjectCommand } = require('@aws-sdk/client-s3') as typeof import('@aws-sdk/client-s3');
  try {
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (error) {
    if (error instanceof Error && /^(NotFound|NoSuchKey)$/.test(error.name)) return false;
    throw error;
  }
}
