import { reportAddress } from '../../../../plugin/watch/report-address';

const location = 's3://audit-bucket/runs/run 1/report.html';
const local = 's3://audit-bucket/runs/run-1/report.html';
const at = (region: string, endpoint?: string) => ({
  region,
  endpoint: endpoint === undefined ? undefined : new URL(endpoint),
  command: (verb: string) => `npx sls ${verb} --stage dev`,
});

it('is the command that opens the last setup’s report', () => {
  expect(reportAddress(at('eu-west-1'), 'setup', location)).toBe('npx sls report --stage dev');
});

it.each([
  ['eu-west-1', 'https://eu-west-1.console.aws.amazon.com'],
  ['cn-north-1', 'https://console.amazonaws.cn'],
  ['us-gov-west-1', 'https://console.amazonaws-us-gov.com'],
])('is the object in the console of %s for a teardown’s report', (region, origin) => {
  const address = new URL(reportAddress(at(region), 'teardown', location));
  expect(address.origin).toBe(origin);
  expect(address.pathname).toBe('/s3/object/audit-bucket');
  expect(Object.fromEntries(address.searchParams)).toEqual({ region, prefix: 'runs/run 1/report.html' });
});

it.each(['setup', 'teardown'] as const)(
  'is the run’s own address on the local cloud’s page for a %s at a stage with its own endpoint',
  (machine) => {
    expect(reportAddress(at('eu-west-1', 'http://127.0.0.1:4510'), machine, local)).toBe(
      'http://127.0.0.1:4510/_page/runs/run-1/report',
    );
  },
);
