import { expectNone, type Resource, template, templates, type Value, walk } from './template';

/** Properties with a physical name, which two stacks of one account must not share. */
const namingProperties = new Set([
  ...['AlarmName', 'Alias', 'BucketName', 'ClusterName', 'DBInstanceIdentifier', 'Family', 'FunctionName', 'GroupName'],
  ...['LogGroupName', 'Name', 'QueueName', 'RoleName', 'RuleName', 'ServiceName', 'StateMachineName', 'TopicName'],
]);

/** A record of the user's domain: the user chose that name. */
const named = (resource: Resource) => resource.Type !== 'AWS::Route53::RecordSet';

describe('physical names', () => {
  it('start with the stack’s name, or contain it where AWS requires a prefix', () => {
    const stacks = {
      production: 'production',
      dev: 'dev',
      local: 'local',
      'public-https': 'production',
      'existing-vpc': 'dev',
    };
    const offenders = templates.flatMap((each) =>
      physicalNames(each.resources).filter(({ type, name }) => {
        const stack = `grafana-observability-${stacks[each.variant]}`;
        if (type === 'AWS::SSM::Parameter') return !name.startsWith(`/${stack}/`);
        return type === 'AWS::Logs::LogGroup' ? !name.includes(`/${stack}`) : !name.startsWith(stack);
      }),
    );
    expectNone(offenders.map(({ id, name }) => `${id}: ${name}`));
  });

  it('are not shared by two stages of one account', () => {
    const [production, dev] = [template('production'), template('dev')].map(({ resources }) =>
      physicalNames(resources),
    );
    expect(production?.length).toBeGreaterThan(40);
    const taken = new Set(production?.map(({ type, name }) => `${type} ${name}`));
    expectNone((dev ?? []).map(({ type, name }) => `${type} ${name}`).filter((name) => taken.has(name)));
  });

  it('are left to CloudFormation for buckets (other accounts share their names) and roles (at most 64 letters)', () => {
    const forced = physicalNames(templates.flatMap(({ resources }) => resources)).filter(({ type }) =>
      ['AWS::S3::Bucket', 'AWS::IAM::Role'].includes(type),
    );
    expectNone(forced.map(({ id }) => id));
  });
});

describe.each(templates.filter(({ variant }) => variant !== 'public-https'))(
  'the template ($variant)',
  ({ resources }) => {
    const texts = resources.flatMap(({ id, Properties }) =>
      [...walk(Properties as Value)].flatMap(({ value }) => (typeof value === 'string' ? [{ id, text: value }] : [])),
    );

    it('names no account', () => {
      expectNone(
        texts.filter(({ text }) => /(?<![\w-])\d{12}(?![\w-])/.test(text)).map(({ id, text }) => `${id}: ${text}`),
      );
    });

    it('names no partition', () => {
      const fixed = texts.filter(({ text }) => /arn:aws(-cn|-us-gov)?:/.test(text) || /amazonaws\.com\.cn/.test(text));
      expectNone(fixed.map(({ id, text }) => `${id}: ${text.slice(0, 200)}`));
    });

    it('names no region', () => {
      const region =
        /\b(us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov)-(north|south|east|west|central|northeast|southeast|northwest|southwest)-\d\b/;
      expectNone(texts.filter(({ text }) => region.test(text)).map(({ id, text }) => `${id}: ${text.slice(0, 200)}`));
    });

    it('names AWS endpoints by the partition’s suffix', () => {
      // Service principals, and the paths of service-linked roles that contain them, are the same in every partition.
      const service =
        /^([a-z0-9-]+(\.[a-z0-9-]+)?\.amazonaws\.com|.*:role\/aws-service-role\/[a-z-]+\.amazonaws\.com\/\*)$/;
      const fixed = texts.filter(
        ({ text }) => /amazonaws\.com/.test(text) && !service.test(text) && !text.startsWith('com.amazonaws.'),
      );
      expectNone(fixed.map(({ id, text }) => `${id}: ${text.slice(0, 200)}`));
    });
  },
);

function physicalNames(resources: readonly Resource[]): readonly { id: string; type: string; name: string }[] {
  return resources.filter(named).flatMap(({ id, Type: type, Properties }) =>
    Object.entries(Properties)
      .filter(([property, name]) => namingProperties.has(property) && typeof name === 'string')
      // Sub-resources name their parent (`FunctionName` of a permission) by Ref, which is not a string.
      .map(([, name]) => ({ id, type, name: String(name) })),
  );
}
