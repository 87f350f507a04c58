import { withEmptyParameters } from '../../../../plugin/packaging/empty-parameters';

it.each([
  [['--param=alertEmail='], ['--param=alertEmail= ']],
  [
    ['--param', 'alertEmail='],
    ['--param', 'alertEmail= '],
  ],
  [['--param=alertEmail=a@example.org', '--data', 'a='], undefined],
  [['--param=alertEmail', '--stage='], undefined],
  [['--param=domainName=a='], undefined],
])('of %j makes a command line that the framework accepts', (given, expected) => {
  expect(withEmptyParameters(given)).toEqual(expected ?? given);
});
