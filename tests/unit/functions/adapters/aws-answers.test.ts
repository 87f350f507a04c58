import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { awsClient } from '../../../../functions/adapters/aws-client';
import { readAtMost } from '../../../../functions/adapters/read-at-most';

/** A server in place of AWS, and an SDK client with three attempts. */
async function between(listener: RequestListener) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => listener(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const settings = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 3,
  };
  const sfn = awsClient(SFNClient, settings);
  const s3 = awsClient(S3Client, { ...settings, forcePathStyle: true });
  return {
    sfn,
    s3,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      sfn.destroy();
      s3.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const describeExecution = new DescribeExecutionCommand({ executionArn: 'arn' });
const json = { 'content-type': 'application/x-amz-json-1.0' };

it.each<[string, RequestListener, RegExp]>([
  [
    'a page',
    (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>'),
    /answered 200 with text\/html/,
  ],
  [
    'what is no JSON',
    (_, response) => response.writeHead(200, json).end('xxx'),
    /answered 200 with a body that is not AWS's/,
  ],
  [
    'an object without what it must have',
    (_, response) => response.writeHead(200, json).end('{}'),
    /answered 200 without status/,
  ],
  [
    'half of what it promised',
    (_, response) => response.writeHead(200, { ...json, 'content-length': '99' }).end('{}', () => response.destroy()),
    /aborted/,
  ],
  [
    'a head that is too large',
    (_, response) => response.writeHead(200, { ...json, 'x-padding': 'x'.repeat(100_000) }).end('{}'),
    /Header overflow/i,
  ],
  ['nothing', (request) => request.socket.destroy(), /socket hang up|ECONNRESET/],
])('%s is retried and ends as AwsUnavailable', async (_, listener, reason) => {
  await using aws = await between(listener);
  await expect(aws.sfn.send(describeExecution)).rejects.toMatchObject({
    name: 'AwsUnavailable',
    message: expect.stringMatching(/^AWS did not answer DescribeExecution: .*look at what is between/),
  });
  expect(aws.asked()).toBe(3);
  await expect(aws.sfn.send(describeExecution)).rejects.toThrow(reason);
});

it('leaves an error of the service unchanged', async () => {
  await using aws = await between((_, response) =>
    response.writeHead(400, { ...json, 'x-amzn-errortype': 'ExecutionDoesNotExist' }).end('{"message":"no"}'),
  );
  await expect(aws.sfn.send(describeExecution)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist', message: 'no' });
  expect(aws.asked()).toBe(1);
});

it('does not count a PutObject as stored without an acknowledgement', async () => {
  await using aws = await between((_, response) => response.writeHead(200).end());
  await expect(aws.s3.send(new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }))).rejects.toMatchObject({
    name: 'AwsUnavailable',
    message: expect.stringContaining('PutObject: answered 200 without ETag'),
  });
});

it('reads an object again if its body is cut', async () => {
  let count = 0;
  await using aws = await between((_, response) => {
    count += 1;
    response.writeHead(200, { etag: '"1"', 'content-length': '4' });
    if (count === 1) response.write('wh', () => response.destroy());
    else response.end('whol');
  });
  const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }));
  expect(await Body?.transformToString()).toBe('whol');
  expect(count).toBe(2);
});

it('reads a body up to its limit and no further', async () => {
  let given = 0;
  async function* body() {
    for (;;) {
      given += 1;
      yield new Uint8Array(10);
    }
  }
  await expect(readAtMost(body(), 95)).rejects.toThrow('more than 95 bytes');
  expect(given).toBe(10);
});
