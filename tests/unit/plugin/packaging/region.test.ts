import { regionError } from '../../../../plugin/packaging/region';

it('refuses the region that has no private VPC connection for a workspace, in a sentence', () => {
  expect(regionError('ap-northeast-2')).toMatch(
    /^Amazon Managed Grafana has no private VPC connection in ap-northeast-2/,
  );
});

it.each(['us-east-1', 'eu-west-1', 'ap-northeast-1', 'us-gov-west-1'])('accepts %s', (region) => {
  expect(regionError(region)).toBeUndefined();
});
