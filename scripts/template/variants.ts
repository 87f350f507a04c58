import type { Variant } from './package-templates';

const existingVpc = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  publicSubnetIds: 'subnet-0123456789abcdef2,subnet-0123456789abcdef3',
};

/** Two services on one port of one cluster, one on another. */
const scraped = `services:
  - { name: checkout, metrics: { ecs: { cluster: shop, service: checkout, port: 9464 } } }
  - { name: basket, metrics: { ecs: { cluster: shop, service: basket, port: 9464, path: /internal/metrics } } }
  - { name: search, interval: 60s, metrics: { ecs: { cluster: search, service: search-api, port: 2112 } } }
  - { name: billing }
`;

/** Each parameter that adds or removes resources is on in at least one variant and off in another. */
export const variants = [
  { name: 'production', stage: 'production' },
  { name: 'dev', stage: 'dev' },
  { name: 'local', stage: 'local' },
  {
    name: 'public-https',
    stage: 'production',
    services: scraped,
    params: {
      publicCidr: '198.51.100.0/24',
      certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012',
      domainName: 'service.example.com',
      hostedZoneId: 'Z0123456789ABCDEF',
      natGateways: '1',
      availabilityZones: 'eu-west-1a,eu-west-1c',
      executeCommand: 'enabled',
      alertEmail: 'on-call@example.com',
      architecture: 'x86_64',
      keepData: 'false',
      monthlyBudget: '500',
      seriesLimit: '1000000',
    },
  },
  {
    name: 'existing-vpc',
    stage: 'dev',
    params: { ...existingVpc, publicCidr: '0.0.0.0/0', alertEncryption: 'enabled', containerInsights: 'enhanced' },
  },
] as const satisfies readonly Variant[];

export type VariantName = (typeof variants)[number]['name'];
export const variantNames: readonly VariantName[] = variants.map(({ name }) => name);
