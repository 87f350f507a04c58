import { type MachineCloud, startMachineCloud } from './support/machine-cloud';
import { byHand, hurryRetries } from './support/scenario';

jest.setTimeout(60_000);
beforeAll(hurryRetries);
afterAll(() => jest.restoreAllMocks());

let cloud: MachineCloud;
afterEach(() => cloud.close());

const prometheus = () =>
  byHand(cloud, async (grafana) => (await grafana.request('GET', '/api/datasources/uid/prometheus')).body);

it.each(['workspace-iam-role', 'ec2_iam_role', 'default'])(
  'keeps %s when it is the way to sign in to Prometheus, and reports no drift',
  async (signIn) => {
    cloud = await startMachineCloud({ grafana: { signIns: [signIn] } });
    const first = await cloud.run('setup');
    expect({ status: first.status, cause: first.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    expect(await prometheus()).toMatchObject({ jsonData: { sigV4AuthType: signIn, sigV4Region: 'eu-west-1' } });
    const from = await cloud.journalLength();
    for (const mode of ['apply', 'verify']) {
      const again = await cloud.run('setup', { mode });
      expect({ status: again.status, cause: again.cause }).toEqual({ status: 'SUCCEEDED', cause: undefined });
    }
    // On a slow machine a rule may fire. Its notification is not a change by the setup.
    expect((await cloud.changes(from)).filter((change) => !change.includes(' NOTIFY '))).toEqual([]);
  },
);

it('tries another sign-in method if the stored one no longer works', async () => {
  cloud = await startMachineCloud({ grafana: { signIns: ['default'] } });
  await cloud.run('setup');
  await byHand(cloud, async (grafana) => {
    const { body } = await grafana.request('GET', '/api/datasources/uid/prometheus');
    const stored = body as { readonly jsonData: object };
    const jsonData = { ...stored.jsonData, sigV4AuthType: 'ec2_iam_role' };
    await grafana.request('PUT', '/api/datasources/uid/prometheus', { body: { ...stored, jsonData } });
  });
  const again = await cloud.run('setup');
  expect(again.output['applyDataSources']).toContainEqual(
    expect.objectContaining({
      outcome: 'updated',
      detail: expect.stringMatching(/signs in by default, as others are not healthy \(.*ec2_iam_role: /),
    }),
  );
  expect(await prometheus()).toMatchObject({ jsonData: { sigV4AuthType: 'default' } });
});
