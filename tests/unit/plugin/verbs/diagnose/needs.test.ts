import type { ConditionalTemplate } from '../../../../../plugin/packaging/resolve-conditions';
import { needsOf } from '../../../../../plugin/verbs/diagnose/needs';

const service = (definition: string, DesiredCount?: number) => ({
  Type: 'AWS::ECS::Service',
  Properties: { TaskDefinition: { Ref: definition }, ...(DesiredCount !== undefined && { DesiredCount }) },
});
const definition = (cpu: string, ...images: readonly string[]) => ({
  Type: 'AWS::ECS::TaskDefinition',
  Properties: {
    Cpu: cpu,
    RuntimePlatform: { CpuArchitecture: 'ARM64' },
    ContainerDefinitions: images.map((Image) => ({ Image })),
  },
});
const template = {
  Conditions: { SecondNat: { 'Fn::Equals': ['1', '2'] } },
  Resources: {
    AddressA: { Type: 'AWS::EC2::EIP' },
    AddressB: { Type: 'AWS::EC2::EIP', Condition: 'SecondNat' },
    Web: service('WebTask'),
    WebTask: definition('512', 'node:24', 'prom/prometheus:3', 'node:24'),
    WebScaling: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ResourceId: { 'Fn::Sub': 'service/${Cluster}/${Web.Name}' }, MinCapacity: '2', MaxCapacity: '6' },
    },
    Loki: service('LokiTask', 1),
    LokiTask: definition('1024', 'grafana/loki:3', 'node:24'),
  },
};

it('counts the tasks at their smallest and largest number, addresses and images once each', () => {
  const before = structuredClone(template);
  expect(needsOf(template as unknown as ConditionalTemplate)).toEqual({
    vcpuAtStart: 2,
    vcpuAtMost: 4,
    elasticIps: 1,
    images: ['node:24', 'prom/prometheus:3', 'grafana/loki:3'].map((image) => ({ image, architecture: 'arm64' })),
  });
  expect(template).toEqual(before);
});
