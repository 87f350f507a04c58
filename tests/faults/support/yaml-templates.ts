import fc from 'fast-check';
import { text } from './fuzz';

const header = 'AWSTemplateFormatVersion: "2010-09-09"\nResources:\n';
const queue = '  Q:\n    Type: AWS::SQS::Queue\n';
const levels = (depth: number) => Array.from({ length: depth }, (_, level) => `${' '.repeat(level)}a:`).join('\n');

/** Templates: half of them valid on AWS, half invalid. None of them is JSON. */
const whole = [
  `${header}${queue}`,
  `---\n${header}${queue}...\n`,
  `\uFEFF${header}${queue}`,
  `${header}${queue}    Properties:\n      QueueName: !Sub "\${AWS::StackName}-q"\n`,
  `${header}${queue}Outputs:\n  Arn: { Value: !GetAtt Q.Arn }\n  Url: { Value: !Ref Q }\n`,
  `Conditions:\n  C: !Equals [!Ref AWS::Region, eu-west-1]\n${header}${queue}    Condition: C\n    Properties: !If [C, { DelaySeconds: 1 }, !Ref AWS::NoValue]\n`,
  `${header}  A: &queue\n    Type: AWS::SQS::Queue\n  B: *queue\n`,
  `${header}  A: &queue\n    Type: AWS::SQS::Queue\n  B:\n    <<: *queue\n    DeletionPolicy: Retain\n`,
  `${header}${queue}${queue}`,
  `${header}${queue}Resources:\n${queue}`,
  `${header}  Q: {Type: AWS::SQS::Queue, Type: AWS::SNS::Topic}\n`,
  `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\nResources: [*d, *d, *d]\n`,
  `${header}  Q: &q\n    Type: *q\n`,
  `${header}  Q: *nothing\n`,
  `${header}\tQ:\n\t\tType: AWS::SQS::Queue\n`,
  `${header}  Q: !<tag:yaml.org,2002:js/function> "function () { return 1 }"\n`,
  `${header}  Q: !!binary "%%%"\n`,
  `${header}  Q: "no end\n`,
  `${header}  Q: [no, end\n`,
  `? [a, b]\n: c\n${header}${queue}`,
  `Resources: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}\n`,
  `Resources: ${'['.repeat(20_000)}\n`,
  levels(700),
  `${header}${Array.from({ length: 600 }, (_, index) => `  Q${index}:\n    Type: AWS::SQS::Queue\n`).join('')}`,
  `${header}${queue}Description: |\n  ${'x'.repeat(200_000)}\n`,
];

/** One of the templates, unchanged or with a piece replaced. */
export const yamlTemplate = fc.oneof(
  fc.constantFrom(...whole),
  fc
    .tuple(fc.constantFrom(...whole), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(20), text)
    .map(([template, share, length, piece]) => {
      const at = 2 + Math.floor(share * (template.length - 2));
      return template.slice(0, at) + piece + template.slice(at + length);
    }),
);
