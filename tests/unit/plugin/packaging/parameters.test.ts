import { checkParameters, type Schema, zonesError } from '../../../../plugin/packaging/parameters';

const { schema, ...stages } = require('../../../../params') as { schema: Schema } & Record<
  'default' | 'dev' | 'local',
  Record<string, unknown>
>;
/** A stage's parameters, with a number in place of each variable that the framework resolves. */
const configured = (stage: 'dev' | 'local'): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries({ ...stages.default, ...stages[stage] }).map(([name, value]) => [
      name,
      String(value).includes('${') ? '4500' : value,
    ]),
  );
const check = (...given: string[]) => checkParameters(schema, given, configured('dev'));

it.each(['dev', 'local'] as const)('finds nothing wrong with the values of stage %s', (stage) => {
  expect(checkParameters(schema, [], configured(stage))).toEqual({ errors: [], warnings: [] });
});

it.each([
  ['minTask=3', 'There is no parameter "minTask". Did you mean "minTasks"?'],
  ['maxTasks=many', 'Parameter "maxTasks" is "many" but must be a whole number from 1 to 100 tasks.'],
  ['maxTasks=101', 'Parameter "maxTasks" is "101" but must be a whole number from 1 to 100 tasks.'],
  ['maxTasks=2.5', 'Parameter "maxTasks" is "2.5" but must be a whole number from 1 to 100 tasks.'],
  ['maxTasks', 'Parameter "maxTasks" has no value: write --param="maxTasks=…".'],
  ['maxTasks=', 'Parameter "maxTasks" is "" but must be a whole number from 1 to 100 tasks.'],
  ['minTasks= 1', 'Parameter "minTasks" is " 1" but must be a whole number from 1 to 100 tasks.'],
  ['minTasks=1\n', 'Parameter "minTasks" is "1\\n" but must be a whole number'],
  ['minTasks=01', 'Parameter "minTasks" is "01" but must be a whole number'],
  ['keepData=true ', 'Parameter "keepData" is "true " but must be true or false.'],
  ['alertEmail=${AWS::AccountId}@example.org', 'Parameter "alertEmail" is "${AWS::AccountId}@example.org"'],
  ['vpcCidr=010.0.0.0/16', 'Parameter "vpcCidr" is "010.0.0.0/16" but must be an IPv4 range'],
  ['waitSeconds=1', 'Parameter "waitSeconds" belongs to the stage and cannot be given'],
  ['minTasks=5', 'Parameter "maxTasks" (2) must be at least "minTasks" (5).'],
  ['gatewayMinTasks=5', 'Parameter "gatewayMaxTasks" (2) must be at least "gatewayMinTasks" (5).'],
  ['natGateways=3', 'Parameter "natGateways" is "3" but must be one of 1, 2 NAT gateways.'],
  ['architecture=arm', 'Parameter "architecture" is "arm" but must be one of arm64, x86_64.'],
  [
    'architecture=x86-64',
    'Parameter "architecture" is "x86-64" but must be one of arm64, x86_64. Did you mean "x86_64"?',
  ],
  ['keepData=yes', 'Parameter "keepData" is "yes" but must be true or false.'],
  ['scrapeInterval=5', 'Parameter "scrapeInterval" is "5" but must be 1s to 60s (whole seconds with the letter s).'],
  ...[
    ['grafanaAdmins', 'someone@example.org'],
    ['grafanaEditors', 'group:Observers'],
    ['grafanaViewers', '90676f1a0e1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d'],
    ['grafanaViewers', 'team:1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d'],
  ].map(([name, value]) => [
    `${name}=${value}`,
    `Parameter "${name}" is "${value}" but must be an Identity Center id (a UUID, after ten hex digits and a hyphen in some directories;`,
  ]),
  [
    'publicCidr=300.0.0.0/8',
    'Parameter "publicCidr" is "300.0.0.0/8" but must be an IPv4 range such as 203.0.113.0/24.',
  ],
  ['vpcId=vpc-0123456789abcdef0', 'Parameter "vpcId" needs "privateSubnetIds" too: add --param="privateSubnetIds=…".'],
  [
    'privateSubnetIds=subnet-0123456789abcdef0',
    'Parameter "privateSubnetIds" is "subnet-0123456789abcdef0" but must be 2 to 6 values, comma separated.',
  ],
  // Seven zones: more than Amazon Managed Grafana or a load balancer takes.
  ...['privateSubnetIds', 'publicSubnetIds'].map((name) => [
    `${name}=${[1, 2, 3, 4, 5, 6, 7].map((zone) => `subnet-0123456789abcdef${zone}`).join(',')}`,
    'but must be 2 to 6 values, comma separated.',
  ]),
  [
    'privateSubnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef0',
    'Parameter "privateSubnetIds" has "subnet-0123456789abcdef0" twice.',
  ],
])('refuses %s', (given, message) => {
  expect(check(given).errors.join('\n')).toContain(message);
});

it('lists all names when none is similar', () => {
  const [message] = check('colour=blue').errors;
  expect(message).toContain('There are: publicCidr, certificateArn');
  expect(message).not.toContain('waitSeconds');
});

it('reports every problem at once', () => {
  expect(check('minTask=3', 'keepData=yes', 'natGateways=0').errors).toHaveLength(3);
});

it('accepts a value with an equals sign, and every item of a list', () => {
  expect(check('alertEmail=a=b@example.org').errors).toEqual([]);
  expect(
    check('vpcId=vpc-0123456789abcdef0', 'privateSubnetIds=subnet-0123456789abcdef0, subnet-0123456789abcdef1').errors,
  ).toEqual([]);
});

it('requires the public subnets of an existing VPC for a public load balancer', () => {
  const vpc = ['vpcId=vpc-0123456789abcdef0', 'privateSubnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef1'];
  const range = 'publicCidr=198.51.100.0/24';
  expect(check(...vpc, range).errors).toEqual([
    expect.stringContaining('"publicCidr" needs "publicSubnetIds" too in an existing VPC'),
  ]);
  const subnets = 'publicSubnetIds=subnet-0123456789abcdef2,subnet-0123456789abcdef3';
  expect(check(...vpc, range, subnets).errors).toEqual([]);
});

it('warns of public HTTP, and of access from the whole internet', () => {
  const { errors, warnings } = check('publicCidr=0.0.0.0/0');
  expect(errors).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('plain HTTP'), expect.stringContaining('the whole internet')]);
});

const alex = '90676f1a0e-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d';
const sam = '1A2B3C4D-5e6f-7a8b-9c0d-1e2f3a4b5c6e';

it('accepts Identity Center ids with and without the ten digits of their directory', () => {
  expect(check(`grafanaAdmins=${alex},user:${sam}`, `grafanaViewers=group:${alex.replace('1a', 'F0')}`).errors).toEqual(
    [],
  );
});

it('refuses two roles for one person', () => {
  expect(check(`grafanaAdmins=${alex}`, `grafanaViewers=user:${alex}`).errors).toEqual([
    `"user:${alex}" is in "grafanaAdmins" and in "grafanaViewers": give each user and group one role.`,
  ]);
  expect(check(`grafanaAdmins=${alex},user:${alex}`).errors).toEqual([
    expect.stringContaining('twice, with and without "user:"'),
  ]);
});

it('accepts every default as a person would write it', () => {
  const given = Object.entries(stages.default)
    .filter(([name]) => schema[name]?.internal !== true)
    .map(([name, value]) => `${name}=${value}`);
  expect(checkParameters(schema, given, {})).toEqual({ errors: [], warnings: [] });
});

it('reports a problem once, however often it occurs', () => {
  expect(check('minTask=3', 'minTask=4').errors).toHaveLength(1);
});

it('names the environment variable of a port', () => {
  expect(checkParameters(schema, [], { ...configured('local'), servicePort: 'abc' }).errors).toEqual([
    'Parameter "servicePort" is "abc" but must be a whole number from 1 to 65535. It comes from the environment variable LOCAL_SERVICE_PORT: give that another value, or leave it out.',
  ]);
});

it('accepts only zones of the stack’s region, and exactly two', () => {
  expect(check('availabilityZones=eu-west-1a,eu-west-1c').errors).toEqual([]);
  expect(check('availabilityZones=eu-west-1a').errors).toHaveLength(1);
  expect(check('availabilityZones=euw1-az1,euw1-az2').errors).toHaveLength(1);
  expect(zonesError('eu-west-1a, eu-west-1c', 'eu-west-1')).toBeUndefined();
  expect(zonesError('', 'eu-west-1')).toBeUndefined();
  expect(zonesError('eu-west-1a,us-east-1b', 'eu-west-1')).toBe(
    'Parameter "availabilityZones" has us-east-1b, which is not in eu-west-1, the stack\'s region.',
  );
});

it.each(Object.entries(schema).filter(([, { pattern }]) => pattern !== undefined))(
  'says what %s may be in words, and takes its own example',
  (_name, { expected = '', pattern = '' }) => {
    expect(expected).toMatch(/^[\w ]{2,}/);
    expect(expected).not.toContain(pattern);
    const [, example] = /, as (\S+?)(?:, not .*)?$/.exec(expected) ?? [];
    for (const item of example?.split(',') ?? []) expect(item).toMatch(new RegExp(`^(?:${pattern})$`));
  },
);
