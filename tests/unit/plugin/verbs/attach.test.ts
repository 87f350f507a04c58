import { parseServices } from '../../../../params/services';
import { withPositionalName } from '../../../../plugin/packaging/positional-name';
import { attachmentFor, attachmentLines } from '../../../../plugin/verbs/attach';

const stack = {
  name: 'grafana-observability-dev',
  status: 'CREATE_COMPLETE',
  outputs: {
    OtlpEndpoint: 'http://gateway.internal:4318',
    ClientSecurityGroup: 'sg-client',
    TesterSecurityGroupId: 'sg-tester',
    RemoteWriteUrl: 'https://aps.example/workspaces/ws-1/api/v1/remote_write',
    PrometheusWorkspaceId: 'ws-1',
    AlertTopicArn: 'arn:aws-cn:sns:cn-north-1:123456789012:alerts',
  },
};
const deployed = { stack, stage: 'dev', deploy: 'npx sls deploy --stage dev' };
const told = { isListed: false, deploy: deployed.deploy };

it.each(['ecs', 'lambda', 'eks', 'other'])('prints what a service on %s needs, and changes nothing', (kind) => {
  const attachment = attachmentFor('checkout', kind, deployed);
  expect(attachment.environment).toEqual({
    OTEL_SERVICE_NAME: 'checkout',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=dev',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://gateway.internal:4318',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
  });
  expect(attachment.policy).toEqual({
    Effect: 'Allow',
    Action: 'aps:RemoteWrite',
    Resource: 'arn:aws-cn:aps:cn-north-1:123456789012:workspace/ws-1',
  });
  const lines = attachmentLines(attachment, told);
  const text = lines.join('\n');
  expect(text).toContain('  OTEL_EXPORTER_OTLP_ENDPOINT=http://gateway.internal:4318\n');
  expect(text).toMatch(/security group sg-client/);
  expect(text).toMatch(/a probe comes from the security group sg-tester/);
  expect(text).toContain('  {{resolve:ssm:/grafana-observability-dev/otlp-endpoint}}\n');
  expect(lines.at(-1)).toBe(
    `Nothing was changed. Then \`npx sls deploy --stage dev\` proves the service. More: docs/services/${kind}.md`,
  );
});

it.each(['ecs', 'lambda', 'eks', 'other'])(
  'prints an entry for %s that services.yml takes, with and without its comments',
  (kind) => {
    const attachment = attachmentFor('checkout', kind, deployed);
    const lines = attachmentLines(attachment, told);
    const from = lines.indexOf('Entry for services.yml:') + 1;
    const printed = lines.slice(from, lines.indexOf('', from));
    const [service] = parseServices(['services:', ...printed].join('\n'), 'services.yml');
    expect(service).toMatchObject({ name: 'checkout', kind, metrics: 'otlp' });
    const probed = printed.map((line) =>
      line.replace('# probe', 'probe').replace('<address inside the VPC>', 'checkout'),
    );
    expect(parseServices(['services:', ...probed].join('\n'), 'services.yml')[0]?.probe?.url).toBe(
      'http://checkout/health',
    );
  },
);

it('says when the file has the name already', () => {
  const lines = attachmentLines(attachmentFor('checkout', 'ecs', deployed), { ...told, isListed: true });
  expect(lines).toContain('services.yml has an entry of this name already. A new one would be:');
});

it.each([
  ['', 'ecs', 'Name the service: npx sls attach checkout --kind ecs. Nothing was changed.'],
  ['checkout', 'fargate', '--kind is "fargate" but must be one of ecs, lambda, eks, other. Nothing was changed.'],
  ['a b', 'ecs', 'The name is "a b" but must be the service.name of its telemetry'],
  ['loki', 'ecs', 'The name must not be data-processor, prometheus, loki'],
])('refuses the name %j of kind %j', (name, kind, message) => {
  expect(() => attachmentFor(name, kind, deployed)).toThrow(message);
});

it('says to deploy again when the stack is older than its gateway', () => {
  const old = { ...stack, outputs: { ...stack.outputs, OtlpEndpoint: '' } };
  expect(() => attachmentFor('checkout', 'ecs', { ...deployed, stack: old })).toThrow(
    'has no output "OtlpEndpoint": it was deployed by an older version, or its deployment failed. Deploy it again with `npx sls deploy --stage dev`.',
  );
});

it.each([
  ['attach checkout --kind ecs', 'attach --name checkout --kind ecs'],
  ['attach --name checkout', 'attach --name checkout'],
  ['attach', 'attach'],
  ['invoke local -f tester', 'invoke local -f tester'],
])('reads `sls %s` as `sls %s`', (given, read) => {
  expect(withPositionalName(['node', 'sls', ...given.split(' ')])).toEqual(['node', 'sls', ...read.split(' ')]);
});
