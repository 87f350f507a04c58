import fc from 'fast-check';
import { startTestCloud, type TestCloud } from '../../local/tests/support/test-cloud';
import { input } from './expected/input';
import { askCloudFormation, element } from './support/cloudformation-form';
import { fuzzOptions as options, seed, text } from './support/fuzz';
import { declaration, isWithinBounds, oddName, parameterValue } from './support/stack-parameters';
import { tryFault } from './support/try-fault';
import { yamlTemplate } from './support/yaml-templates';

const queue = { Q: { Type: 'AWS::SQS::Queue' } };
let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.close());

const ask = (operation: string, members: Readonly<Record<string, string>> = {}) =>
  askCloudFormation(cloud.endpoint, operation, members);

it(input.validatedTemplates.id, () =>
  tryFault(input.validatedTemplates, async (note) => {
    const whole = JSON.stringify({
      Description: 'a queue',
      Parameters: { P: { Type: 'String', Default: 'x', NoEcho: true, Description: 'a <word> & "more"' } },
      Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${P}-q' } } } },
    });
    const sections = fc.record(
      {
        Description: fc.oneof(text, fc.jsonValue({ maxDepth: 1 })),
        Parameters: fc.oneof(fc.dictionary(oddName, declaration, { maxKeys: 3 }), fc.jsonValue({ maxDepth: 2 })),
        Conditions: fc.dictionary(oddName, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
        Outputs: fc.dictionary(oddName, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
        Resources: fc.constant(queue),
      },
      { requiredKeys: ['Resources'] },
    );
    const nested = fc
      .tuple(fc.constantFrom(['[', ']'], ['{"a":', '}']), fc.constantFrom(50, 500, 5_000, 50_000))
      .map(([[open = '', close = ''], depth]) =>
        whole.replace('"a queue"', `${open.repeat(depth)}1${close.repeat(depth)}`).replace('Description', 'Metadata'),
      );
    const broken = fc
      .tuple(fc.nat(whole.length), fc.nat(12), text)
      .map(([at, length, piece]) => whole.slice(0, at) + piece + whole.slice(at + length));
    const members = fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .oneof(
            sections.map((value) => JSON.stringify(value)),
            broken,
            text,
          )
          .map(inBody),
      },
      { weight: 1, arbitrary: nested.map(inBody) },
      {
        weight: 1,
        arbitrary: fc
          .oneof(
            text,
            text.map((end) => `${cloud.endpoint}/${end}`),
            fc.constantFrom('http://x/%zz', 'https://a.s3.b/%'),
          )
          .map((TemplateURL) => ({ TemplateURL })),
      },
    );
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(members, async (sent) => {
        const { status, code, body } = await ask('ValidateTemplate', sent);
        ends.set(code || 'valid', (ends.get(code || 'valid') ?? 0) + 1);
        if (status === 400) return expect(code).toBe('ValidationError');
        const { Parameters = {} } = JSON.parse('TemplateBody' in sent ? sent.TemplateBody : '{}') as Template;
        expect(body.split('<ParameterKey>')).toHaveLength(Object.keys(Parameters).length + 1);
      }),
      { ...options(250), examples: [[inBody(whole)], [inBody(`${whole}${' '.repeat(1_048_576)}`)], [{}]] },
    );
    note(`seed ${seed}, ${[...ends].map(([end, times]) => `${times} × ${end}`).join(', ')}`);
    return (ends.get('valid') ?? 0) > 10 ? [] : ['hardly any template was valid'];
  }),
);

it(input.yamlTemplates.id, () =>
  tryFault(input.yamlTemplates, async (note) => {
    const StackName = 'stands';
    await ask('CreateStack', { StackName, TemplateBody: JSON.stringify({ Resources: queue }) });
    await settled(StackName);
    const before = await ask('DescribeStackEvents', { StackName });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('ValidateTemplate', 'CreateStack', 'UpdateStack'),
        yamlTemplate,
        async (operation, TemplateBody) => {
          const name = operation === 'CreateStack' ? 'of-yaml' : StackName;
          const { code, message } = await ask(operation, { StackName: name, TemplateBody });
          expect([code, message]).toEqual(['ValidationError', expect.stringContaining('JSON')]);
        },
      ),
      options(150),
    );
    const untimed = (body: string) => body.replace(/<RequestId>[^<]*/, '');
    expect(untimed((await ask('DescribeStackEvents', { StackName })).body)).toBe(untimed(before.body));
    expect((await ask('ListStacks')).body.match(/<StackName>[^<]*/g)).toEqual([`<StackName>${StackName}`]);
    note(`seed ${seed}, 150 requests`);
    return [];
  }),
);

it(input.stackParameters.id, () =>
  tryFault(input.stackParameters, async (note) => {
    let count = 0;
    const made: string[] = [];
    const declared = fc.dictionary(oddName, declaration, { maxKeys: 2 });
    const given = fc.array(fc.tuple(oddName, parameterValue), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(declared, given, async (Parameters, values) => {
        count += 1;
        const StackName = `with-parameters-${count}`;
        const { status, code, message } = await ask('CreateStack', {
          StackName,
          TemplateBody: JSON.stringify({ Parameters, Resources: queue }),
          ...Object.fromEntries(
            values.flatMap(([name, value], index) => [
              [`Parameters.member.${index + 1}.ParameterKey`, name],
              ...(value === undefined ? [] : [[`Parameters.member.${index + 1}.ParameterValue`, value]]),
            ]),
          ),
        });
        const { body } = await ask('DescribeStacks', status === 200 ? { StackName } : {});
        if (status === 400) {
          const names = [...Object.keys(Parameters), ...values.map(([name]) => name)];
          expect(code).toBe('ValidationError');
          if (!names.some((name) => message.includes(name))) throw new Error(`${message} names none of ${names}`);
          expect(body).not.toContain(`<StackName>${StackName}<`);
          return;
        }
        made.push(StackName);
        const givenValues = new Map<string, string | undefined>(values);
        expect([...givenValues.keys()].filter((name) => !Object.hasOwn(Parameters, name))).toEqual([]);
        for (const [name, about] of Object.entries(Parameters)) {
          const value = givenValues.get(name) ?? String(about['Default']);
          if (!isWithinBounds(about, value))
            throw new Error(`${name}: ${JSON.stringify(about)} took ${JSON.stringify(value)}`);
          const told = element(body.split(`<ParameterKey>${name}</ParameterKey>`)[1] ?? '', 'ParameterValue');
          const shown = String(about['Type']).includes('List')
            ? value
                .split(',')
                .map((item) => item.trim())
                .join(',')
            : value;
          expect(told).toBe(String(about['NoEcho']) === 'true' ? '****' : shown);
        }
      }),
      options(250),
    );
    for (const StackName of made) await settled(StackName);
    for (const StackName of made) await ask('DeleteStack', { StackName });
    note(`seed ${seed}, 250 requests, ${made.length} stacks`);
    return made.length > 20 ? [] : [`only ${made.length} became a stack`];
  }),
);

interface Template {
  readonly Parameters?: object;
}

function inBody(TemplateBody: string): Readonly<Record<string, string>> {
  return { TemplateBody };
}

async function settled(StackName: string): Promise<void> {
  for (;;) {
    const status = element((await ask('DescribeStacks', { StackName })).body, 'StackStatus') ?? '';
    if (status === 'CREATE_COMPLETE') return;
    if (!status.endsWith('_IN_PROGRESS')) throw new Error(`${StackName} ended ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
