import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { createLambda } from '../../local/aws/lambda';
import { create, startComputeCloud } from '../../local/tests/aws/support/compute-cloud';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { connect, readToEnd } from '../helpers/raw-http';
import { input } from './expected/input';
import { escapeUri, exchangeSigned } from './support/exchange-signed';
import { fuzzOptions as options, seed, text } from './support/fuzz';
import { tryFault } from './support/try-fault';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

async function stillServes(): Promise<void> {
  const client = new S3Client({ ...cloud.client, forcePathStyle: true });
  await client.send(new ListBucketsCommand({}));
  client.destroy();
}

it(input.invokePayloads.id, () =>
  tryFault(input.invokePayloads, async (note) => {
    await using compute = await startComputeCloud();
    const lambda = createLambda(compute.kernel);
    compute.kernel.register(lambda);
    compute.role('writer', 'lambda.amazonaws.com');
    await create(lambda, 'AWS::Lambda::Function', 'echo', {
      FunctionName: 'echo',
      Code: compute.zip({ 'index.js': 'exports.handler = async (event) => ({ got: event });' }),
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::000000000000:role/writer',
    });
    let handed = 0;
    const payload = fc.oneof(
      fc.json({ maxDepth: 4 }),
      text,
      fc.constantFrom('', '{', '{"a":1}{"b":2}', '\u0000', '[1,2', '1e999', '{"__proto__":{"x":1}}'),
    );
    await fc.assert(
      fc.asyncProperty(payload, async (sent) => {
        const answer = await exchangeSigned(compute.kernel.endpoint, 'lambda', {
          method: 'POST',
          path: '/2015-03-31/functions/echo/invocations',
          body: Buffer.from(sent),
        });
        const parsed = parse(sent === '' ? '{}' : Buffer.from(sent).toString('utf8'));
        if (parsed === undefined) {
          const code = String(answer.headers['x-amzn-errortype'] ?? answer.body);
          if (answer.status !== 400 || !code.includes('InvalidRequestContentException'))
            throw new Error(`${JSON.stringify(sent)} answered ${answer.status} ${code.slice(0, 100)}`);
          return;
        }
        handed += 1;
        if (answer.status !== 200) throw new Error(`${JSON.stringify(sent)} answered ${answer.status}`);
        expect(JSON.parse(answer.body)).toEqual({ got: JSON.parse(JSON.stringify(parsed.value)) });
      }),
      options(150),
    );
    note(`seed ${seed}, 150 payloads, ${handed} handed to the function`);
    return handed > 20 ? [] : [`only ${handed} were JSON`];
  }),
);

it(
  input.templates.id,
  () =>
    tryFault(input.templates, async (note) => {
      const client = new CloudFormationClient(cloud.client);
      const intrinsic = fc.oneof(
        fc.record({ Ref: text }),
        fc.record({ 'Fn::GetAtt': fc.oneof(fc.array(text, { maxLength: 3 }), text) }),
        fc.record({ 'Fn::Sub': fc.oneof(text, fc.constantFrom('${A}', '${A.B}', '${', '${AWS::Region}')) }),
        fc.record({ 'Fn::If': fc.array(text, { maxLength: 4 }) }),
        fc.jsonValue({ maxDepth: 2 }),
      );
      const resource = fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.record(
          {
            Type: fc.oneof(
              text,
              fc.constantFrom(
                'AWS::S3::Bucket',
                'AWS::SNS::Topic',
                'AWS::SQS::Queue',
                'AWS::IAM::Role',
                'AWS::Lambda::Function',
                'AWS::Logs::LogGroup',
              ),
            ),
            Properties: fc.oneof(
              fc.constant({}),
              fc.dictionary(fc.constantFrom('BucketName', 'TopicName', 'Tags', 'x'), intrinsic, { maxKeys: 2 }),
            ),
            DependsOn: fc.constantFrom('A', 'B', 'none'),
          },
          { requiredKeys: ['Type'] },
        ),
      );
      const known = fc.record(
        {
          Type: fc.constantFrom('AWS::S3::Bucket', 'AWS::SNS::Topic', 'AWS::SQS::Queue', 'AWS::Logs::LogGroup'),
          Properties: fc.dictionary(fc.constantFrom('BucketName', 'TopicName', 'LogGroupName', 'Tags'), intrinsic, {
            maxKeys: 1,
          }),
          DependsOn: fc.constantFrom('A', 'B'),
        },
        { requiredKeys: ['Type'] },
      );
      const template = fc.oneof(
        fc.record({ A: known, B: known }).map((Resources) => JSON.stringify({ Resources })),
        fc.json({ maxDepth: 3 }),
        text,
        fc
          .record(
            {
              Resources: fc.dictionary(fc.constantFrom('A', 'B', 'C'), resource, { minKeys: 1, maxKeys: 2 }),
              Outputs: fc.oneof(fc.constant({}), fc.jsonValue({ maxDepth: 2 })),
              Parameters: fc.oneof(fc.constant({}), fc.jsonValue({ maxDepth: 2 })),
            },
            { requiredKeys: ['Resources'] },
          )
          .map((value) => JSON.stringify(value)),
      );
      let count = 0;
      const ends = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(template, async (TemplateBody) => {
          count += 1;
          const StackName = `fuzz-${count}`;
          const told = await client
            .send(
              new CreateStackCommand({
                StackName,
                TemplateBody,
                Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
              }),
            )
            .then(
              () => undefined,
              (error: Error & { $metadata?: { httpStatusCode?: number } }) => error,
            );
          if (told !== undefined) {
            const status = told.$metadata?.httpStatusCode ?? 0;
            ends.set(told.name, (ends.get(told.name) ?? 0) + 1);
            if (status !== 400 || !/ValidationError|InsufficientCapabilities/.test(told.name))
              throw new Error(`${status} ${told.name}: ${told.message}`);
            return;
          }
          for (;;) {
            const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
            const { StackStatus = '', StackStatusReason } = Stacks[0] ?? {};
            if (!StackStatus.endsWith('_IN_PROGRESS')) {
              ends.set(StackStatus, (ends.get(StackStatus) ?? 0) + 1);
              if (!/^(CREATE|ROLLBACK)_COMPLETE$/.test(StackStatus))
                throw new Error(`ended ${StackStatus}: ${StackStatusReason}`);
              return;
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }),
        options(150),
      );
      client.destroy();
      await stillServes();
      note(`seed ${seed}, 150 templates, ${[...ends].map(([end, times]) => `${times} × ${end}`).join(', ')}`);
      return [...ends.keys()].some((end) => end.endsWith('_COMPLETE')) ? [] : ['no template became a stack'];
    }),
  120_000,
);

it(input.pagePaths.id, () =>
  tryFault(input.pagePaths, async (note) => {
    const marker = '<i>x10b</i>';
    const part = fc.oneof(
      text.map(escapeUri),
      fc.constantFrom(
        '_page',
        'page.js',
        'page.css',
        'report',
        '..',
        '%2e%2e',
        '%2F',
        '%00',
        '%',
        'etc',
        'passwd',
        'package.json',
        escapeUri(marker),
      ),
    );
    const header = fc.tuple(
      fc.constantFrom('accept', 'range', 'if-none-match', 'cookie', 'last-event-id', 'x-forwarded-for', 'referer'),
      fc.oneof(
        fc.constant(marker),
        fc.string({ maxLength: 20 }).map((value) => value.replace(/[^ -~]/g, 'x')),
      ),
    );
    const { port, host } = new URL(cloud.endpoint);
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE'),
        fc.constantFrom('/', '/_page/', '/_page/../', '/_local/'),
        fc.array(part, { maxLength: 4 }),
        fc.array(header, { maxLength: 3 }),
        async (method, base, parts, headers) => {
          const socket = await connect(Number(port));
          const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
          socket.write(
            `${method} ${base}${parts.join('/')} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${lines}\r\n`,
          );
          const timer = setTimeout(() => socket.end(), 2_000);
          const { status, ...rest } = await readToEnd(socket);
          clearTimeout(timer);
          statuses.add(status);
          const whole = JSON.stringify(rest);
          if (status >= 500) throw new Error(`answered ${status}`);
          if (/root:x:0|"devDependencies/.test(whole.replaceAll('\\"', '"')))
            throw new Error('a file of this machine was read');
          if (whole.includes(marker)) throw new Error('what was sent came back unescaped');
        },
      ),
      options(300),
    );
    await stillServes();
    note(`seed ${seed}, 300 requests, statuses ${[...statuses].sort().join(' ')}`);
    return [];
  }),
);

function parse(json: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(json) };
  } catch {
    return undefined;
  }
}
