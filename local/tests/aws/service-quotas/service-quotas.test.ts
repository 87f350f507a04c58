import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ListServicesCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { startTestCloud, type TestCloud } from '../../support/test-cloud';

let cloud: TestCloud;
let client: ServiceQuotasClient;
beforeAll(async () => {
  cloud = await startTestCloud({ quotas: { 'L-3032A538': 2 } });
  client = new ServiceQuotasClient(cloud.client);
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});

const vcpu = { ServiceCode: 'fargate', QuotaCode: 'L-3032A538' };

it("returns the account's own value of a changed quota, with its usage metric", async () => {
  const { Quota } = await client.send(new GetServiceQuotaCommand(vcpu));
  expect(Quota).toMatchObject({
    ...vcpu,
    QuotaName: 'Fargate On-Demand vCPU resource count',
    QuotaArn: 'arn:aws:servicequotas:eu-west-1:000000000000:fargate/L-3032A538',
    Value: 2,
    UsageMetric: { MetricNamespace: 'AWS/Usage', MetricDimensions: { Service: 'Fargate', Resource: 'vCPU' } },
  });
});

it("returns AWS's default of the same quota", async () => {
  const { Quota } = await client.send(new GetAWSDefaultServiceQuotaCommand(vcpu));
  expect(Quota?.Value).toBe(6);
});

it.each([
  [
    'a quota that was never changed for the account',
    { ServiceCode: 'ec2', QuotaCode: 'L-0263D0A3' },
    'NoSuchResourceException',
  ],
  ['a quota of another service', { ServiceCode: 'vpc', QuotaCode: 'L-3032A538' }, 'NoSuchResourceException'],
  ['a quota without a code', { ServiceCode: 'vpc', QuotaCode: '' }, 'IllegalArgumentException'],
])('refuses %s', async (_title, input, name) => {
  await expect(client.send(new GetServiceQuotaCommand(input))).rejects.toMatchObject({ name });
});

it('refuses operations that this stack does not call', async () => {
  await expect(client.send(new ListServicesCommand({}))).rejects.toMatchObject({
    name: expect.stringMatching(/UnsupportedOperation|UnknownOperation/),
    message: expect.stringContaining('ListServices'),
  });
});
