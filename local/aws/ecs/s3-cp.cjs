/**
 * `aws s3 cp s3://bucket/key file` by the SDK, in place of the AWS CLI's image in this stack's init containers.
 * Credentials, region and endpoint come from the environment, as for the CLI.
 */
'use strict';
const { createWriteStream, mkdirSync, renameSync } = require('node:fs');
const path = require('node:path');
const { pipeline } = require('node:stream/promises');
const { GetObjectCommand, S3Client } = require('@aws-sdk/client-s3');

async function main([source = '', destination = '']) {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(source) ?? [];
  if (bucket === undefined || destination === '') {
    throw new Error(`the local cloud copies s3://bucket/key to a file, not ${source} to ${destination}`);
  }
  const file = destination.endsWith('/') ? path.join(destination, path.basename(key)) : destination;
  const client = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  mkdirSync(path.dirname(file), { recursive: true });
  await pipeline(Body, createWriteStream(`${file}.part`));
  renameSync(`${file}.part`, file);
  console.log(`download: ${source} to ${file}`);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(
    `fatal error: An error occurred (${error.name}) when calling the GetObject operation: ${error.message}`,
  );
  process.exitCode = 1;
});
