import { expectNone, list, ofType, type Resource, references, type Template, template, templates } from './template';

describe.each(templates)('buckets, queue and topic ($variant)', (each: Template) => {
  const buckets = ofType(each, 'AWS::S3::Bucket');

  it('has the five buckets', () => {
    expect(buckets.map(({ id }) => id).sort()).toEqual([
      'AuditBucket',
      'DataBucket',
      'LokiBucket',
      'ServerlessDeploymentBucket',
      'TempoBucket',
    ]);
  });

  it('makes no bucket public', () => {
    const all = { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true };
    for (const { Properties } of buckets) expect(Properties['PublicAccessBlockConfiguration']).toEqual(all);
    expectNone(buckets.filter(({ Properties }) => Properties['AccessControl'] !== undefined).map(({ id }) => id));
  });

  it('encrypts every bucket', () => {
    const algorithms = buckets.map(({ Properties }) => JSON.stringify(Properties['BucketEncryption']));
    for (const algorithm of algorithms) expect(algorithm).toMatch(/"SSEAlgorithm":"(AES256|aws:kms)"/);
  });

  it('refuses plain HTTP to every bucket', () => {
    expectNone(buckets.filter((bucket) => !isTlsOnly(each, 'AWS::S3::BucketPolicy', bucket)).map(({ id }) => id));
  });

  it('refuses plain HTTP to every queue and topic', () => {
    const queues = ofType(each, 'AWS::SQS::Queue').filter((queue) => !isTlsOnly(each, 'AWS::SQS::QueuePolicy', queue));
    const topics = ofType(each, 'AWS::SNS::Topic').filter((topic) => !isTlsOnly(each, 'AWS::SNS::TopicPolicy', topic));
    expectNone([...queues, ...topics].map(({ id }) => id));
  });

  it('expires or bounds the contents of every bucket', () => {
    const ours = buckets.filter(({ id }) => id !== 'ServerlessDeploymentBucket');
    for (const { Properties } of ours) {
      expect(JSON.stringify(Properties['LifecycleConfiguration'])).toContain('AbortIncompleteMultipartUpload');
    }
    const byLifecycle = ours.filter(({ Properties }) => JSON.stringify(Properties).includes('ExpirationInDays'));
    // Loki and Tempo delete by themselves. A lifecycle rule would delete blocks that their index still refers to.
    expect(byLifecycle.map(({ id }) => id).sort()).toEqual(['AuditBucket', 'DataBucket']);
  });

  it('has a deletion policy for everything that holds data', () => {
    const holders = [
      ...buckets.filter(({ id }) => id !== 'ServerlessDeploymentBucket'),
      ...ofType(each, 'AWS::APS::Workspace'),
      ...ofType(each, 'AWS::SQS::Queue'),
      ...ofType(each, 'AWS::KMS::Key'),
    ];
    for (const { DeletionPolicy, UpdateReplacePolicy } of holders) {
      expect(['RetainExceptOnCreate Retain', 'Delete Delete']).toContain(`${DeletionPolicy} ${UpdateReplacePolicy}`);
    }
  });

  it('with keepData keeps data and the buckets’ policies, but no empty bucket of a failed first deploy', () => {
    const expected = each.variant === 'production' ? 'RetainExceptOnCreate' : 'Delete';
    const data = [...buckets, ...ofType(each, 'AWS::S3::BucketPolicy'), ...ofType(each, 'AWS::APS::Workspace')];
    const ours = data.filter(({ id }) => !id.startsWith('ServerlessDeployment'));
    expectNone(ours.filter(({ DeletionPolicy }) => DeletionPolicy !== expected).map(({ id }) => id));
  });

  it('encrypts the topic with a key that EventBridge and CloudWatch may use, or not at all', () => {
    const [topic] = ofType(each, 'AWS::SNS::Topic');
    const keys = ofType(each, 'AWS::KMS::Key');
    const key = topic?.Properties['KmsMasterKeyId'];
    expect(key).toEqual(keys[0] ? { Ref: keys[0].id } : undefined);
    for (const { Properties } of keys) {
      const text = JSON.stringify(Properties['KeyPolicy']);
      for (const service of ['events.amazonaws.com', 'cloudwatch.amazonaws.com']) expect(text).toContain(service);
      // Not supported for a topic that EventBridge publishes to (SNS developer guide, "Managing encryption keys").
      expect(text).not.toContain('Condition');
    }
  });
});

describe('what limits the cost', () => {
  const limited = template('public-https');
  const production = template('production');

  it('is a budget that writes to the topic and to alertEmail, and may publish there', () => {
    const [budget] = ofType(limited, 'AWS::Budgets::Budget');
    expect(budget?.Properties['Budget']).toMatchObject({ BudgetLimit: { Amount: '500', Unit: 'USD' } });
    const notifications = budget?.Properties['NotificationsWithSubscribers'] as { Subscribers: object[] }[];
    expect(notifications).toHaveLength(2);
    for (const { Subscribers } of notifications)
      expect(Subscribers).toEqual([
        { SubscriptionType: 'SNS', Address: { Ref: 'AlertTopic' } },
        { SubscriptionType: 'EMAIL', Address: 'on-call@example.com' },
      ]);
    const publishers = (each: Template) => JSON.stringify(ofType(each, 'AWS::SNS::TopicPolicy'));
    expect(publishers(limited)).toContain('budgets.amazonaws.com');
    expect(publishers(production)).not.toContain('budgets.amazonaws.com');
  });

  it('is a limit of the series of each service, where seriesLimit sets one', () => {
    const limits = (each: Template) => ofType(each, 'AWS::APS::Workspace')[0]?.Properties['WorkspaceConfiguration'];
    const { LimitsPerLabelSets: sets } = limits(limited) as unknown as {
      readonly LimitsPerLabelSets: readonly object[];
    };
    const ofJob = (job: string) => ({ LabelSet: [{ Name: 'job', Value: job }], Limits: { MaxSeries: 1_000_000 } });
    // The data processor and the services that this variant attaches.
    expect(sets).toEqual(expect.arrayContaining(['data-processor', 'checkout', 'basket', 'search'].map(ofJob)));
    for (const set of sets) expect(set).toHaveProperty('Limits', { MaxSeries: 1_000_000 });
    expect(JSON.stringify(limits(production))).not.toContain('MaxSeries');
  });

  it('is in the environment of Prometheus and Loki', () => {
    const tasks = JSON.stringify(ofType(production, 'AWS::ECS::TaskDefinition'));
    for (const [name, value] of [
      ['SAMPLE_LIMIT', 10_000],
      ['INGESTION_RATE_MB', 4],
      ['INGESTION_BURST_MB', 6],
    ])
      expect(tasks).toContain(JSON.stringify({ Name: name, Value: value }));
  });
});

function isTlsOnly(each: Template, policyType: string, target: Resource): boolean {
  return ofType(each, policyType).some(({ Properties }) => {
    const attached = references([Properties['Bucket'] ?? [], Properties['Queues'] ?? [], Properties['Topics'] ?? []]);
    if (!attached.includes(target.id)) return false;
    const { Statement } = Properties['PolicyDocument'] as { Statement: never };
    return list(Statement).some((statement) => {
      const condition = statement['Condition'] as { Bool?: { 'aws:SecureTransport'?: unknown } } | undefined;
      return statement['Effect'] === 'Deny' && String(condition?.Bool?.['aws:SecureTransport']) === 'false';
    });
  });
}
