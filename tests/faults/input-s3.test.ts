import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { input } from './expected/input';
import { escapeUri, exchangeSigned } from './support/exchange-signed';
import { fuzzOptions, seed, text } from './support/fuzz';
import { tryFault } from './support/try-fault';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

const words = (list: string) => list.split(' ');

it(
  input.s3Requests.id,
  () =>
    tryFault(input.s3Requests, async (note) => {
      const client = new S3Client({ ...cloud.client, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: 'fuzzed' }));
      await client.send(new PutObjectCommand({ Bucket: 'fuzzed', Key: 'there', Body: 'there' }));
      const methods = words('GET HEAD PUT POST DELETE OPTIONS PATCH');
      const parameters = words(
        'uploads uploadId partNumber versionId versions versioning list-type max-keys prefix delimiter continuation-token delete acl tagging policy location select torrent',
      );
      const path = fc.oneof(
        fc.constantFrom(
          '/fuzzed',
          '/fuzzed/',
          '/fuzzed/there',
          '/',
          '//',
          '/fuzzed//',
          '/none/there',
          '/%',
          '/fuzzed/%ZZ',
        ),
        fc.tuple(fc.constantFrom('fuzzed', 'none'), text).map(([bucket, key]) => `/${bucket}/${escapeUri(key)}`),
        text.map((bucket) => `/${escapeUri(bucket)}`),
      );
      const query = fc.dictionary(
        fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...parameters) }, { weight: 1, arbitrary: text }),
        fc.oneof(text, fc.constantFrom('', '0', '1', '2', '-1', '99999999999', 'null', 'NaN')),
        { maxKeys: 3 },
      );
      const headers = fc.dictionary(
        fc.constantFrom(
          ...words('range if-match if-none-match if-modified-since x-amz-copy-source content-md5 content-type'),
          ...words('x-amz-checksum-crc32 x-amz-trailer x-amz-decoded-content-length x-amz-meta-one'),
        ),
        fc.oneof(
          fc.string({ maxLength: 20 }).map((value) => value.trim()),
          fc.constantFrom('*', 'bytes=0-', 'bytes=9-1', 'bytes=-1', '/fuzzed/there', 'fuzzed/%', '0', '-1'),
        ),
        { maxKeys: 2 },
      );
      const body = fc.oneof(
        text,
        // More bytes than the server has read when it refuses a request.
        fc.constant(600_000),
        fc.constantFrom(
          '',
          '<Delete><Object><Key>there</Key></Object></Delete>',
          '<Delete><Object/></Delete>',
          '<Delete>',
          '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>',
          '<VersioningConfiguration><Status>x</Status></VersioningConfiguration>',
        ),
      );
      const statuses = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...methods),
          path,
          query,
          headers,
          body,
          async (method, path, query, headers, body) => {
            const answer = await exchangeSigned(cloud.endpoint, 's3', {
              method,
              path,
              query,
              headers,
              body: typeof body === 'number' ? Buffer.alloc(body, 'x') : Buffer.from(body),
            });
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
            if (answer.status < 400) return;
            const code = /<Code>(\w+)<\/Code>/.exec(answer.body)?.[1];
            // A response to HEAD has no body, so no error code.
            if (answer.status < 500 && (method === 'HEAD' || code !== undefined)) return;
            if (answer.status === 501 && (method === 'HEAD' || code === 'NotImplemented')) return;
            throw new Error(`answered ${answer.status}: ${answer.body.slice(0, 200)}`);
          },
        ),
        fuzzOptions(400),
      );
      const seen = [...statuses].sort().map(([status, times]) => `${times} × ${status}`);
      await client.send(new ListBucketsCommand({}));
      client.destroy();
      note(`seed ${seed}, 400 requests, ${seen.join(', ')}`);
      return [];
    }),
  120_000,
);
