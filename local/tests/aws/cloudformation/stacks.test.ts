import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import type { JsonObject, ResourceHandler } from '../../../kernel/contracts';
import { type ControlPlane, startControlPlane } from '../../kernel/support/control-plane';

let plane: ControlPlane;
let client: CloudFormationClient;
/** The calls that resources of the type AWS::Test::Thing got. */
let calls: string[] = [];
let sequence = 0;

/**
 * A resource type controlled by its properties: `Fail` is the failing call (`create`, `update`, `delete`); a change of
 * `Fixed` replaces.
 */
const thing: ResourceHandler = {
  async create({ logicalId, properties }) {
    calls.push(`create ${logicalId}`);
    if (properties['Fail'] === 'create') throw new Error(`${logicalId} cannot be made`);
    sequence += 1;
    const physicalId = `${logicalId}-${sequence}`;
    return { physicalId, attributes: { Arn: `arn:${physicalId}` } };
  },
  async update(request) {
    const { logicalId, properties, previousProperties, physicalId = '' } = request;
    if (properties['Fixed'] !== previousProperties?.['Fixed']) return this.create(request);
    calls.push(`update ${logicalId} ${String(properties['Size'])}`);
    if (properties['Fail'] === 'update') throw new Error(`${logicalId} cannot be changed`);
    return { physicalId, attributes: { Arn: `arn:${physicalId}` } };
  },
  async delete({ logicalId, physicalId, properties }) {
    calls.push(`delete ${physicalId?.replace(/-\d+$/, '')}`);
    if (properties['Fail'] === 'delete') throw new Error(`${logicalId} is in use`);
  },
};

beforeAll(async () => {
  plane = await startControlPlane();
  plane.kernel.register({
    signingNames: [],
    handle: async () => {
      throw new Error('no operations');
    },
    resources: { 'AWS::Test::Thing': thing },
  });
  client = new CloudFormationClient(plane.client);
});
afterAll(async () => {
  client.destroy();
  await plane.close();
});
beforeEach(() => {
  calls = [];
});

const template = (Resources: JsonObject, more: JsonObject = {}) => JSON.stringify({ Resources, ...more });
const Thing = (Properties: JsonObject = {}, more: JsonObject = {}) => ({
  Type: 'AWS::Test::Thing',
  Properties,
  ...more,
});

/** Runs an operation and waits until the stack's status is final. */
async function settle(StackName: string): Promise<string> {
  for (;;) {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    const status = stack?.StackStatus ?? '';
    if (!status.endsWith('_IN_PROGRESS')) return status;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
async function create(StackName: string, TemplateBody: string, more = {}): Promise<string> {
  const { StackId = '' } = await client.send(new CreateStackCommand({ StackName, TemplateBody, ...more }));
  return settle(StackId);
}
async function update(StackName: string, TemplateBody: string): Promise<string> {
  await client.send(new UpdateStackCommand({ StackName, TemplateBody }));
  return settle(StackName);
}
async function remove(StackName: string): Promise<string> {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  await client.send(new DeleteStackCommand({ StackName }));
  return settle(stack?.StackId ?? '');
}
async function events(StackName: string): Promise<string[]> {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.toReversed().map(
    ({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`,
  );
}
async function outputs(StackName: string): Promise<Record<string, string>> {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (stack?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

describe('CreateStack', () => {
  it('creates resources after those that they refer to, and records events', async () => {
    const body = template(
      { Last: Thing({}, { DependsOn: ['Middle'] }), Middle: Thing({ Of: { Ref: 'First' } }), First: Thing() },
      { Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Last', 'Arn'] } } } },
    );
    expect(await create('ordered', body)).toBe('CREATE_COMPLETE');
    expect(calls).toEqual(['create First', 'create Middle', 'create Last']);
    expect((await outputs('ordered'))['Arn']).toMatch(/^arn:Last-/);
    const told = await events('ordered');
    expect(told.at(0)).toBe('ordered CREATE_IN_PROGRESS');
    expect(told.at(-1)).toBe('ordered CREATE_COMPLETE');
    expect(await remove('ordered')).toBe('DELETE_COMPLETE');
    expect(calls.slice(3)).toEqual(['delete Last', 'delete Middle', 'delete First']);
  });

  it('rolls back when a resource fails, and keeps resources with a retaining DeletionPolicy', async () => {
    const body = template({
      Kept: Thing({}, { DeletionPolicy: 'Retain' }),
      Made: Thing(),
      Broken: Thing({ Fail: 'create', Of: [{ Ref: 'Made' }, { Ref: 'Kept' }] }),
      Never: Thing({ Of: { Ref: 'Broken' } }),
    });
    expect(await create('broken', body)).toBe('ROLLBACK_COMPLETE');
    expect(calls).not.toContain('create Never');
    expect(calls).toContain('delete Made');
    expect(calls).not.toContain('delete Kept');
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 'broken' }));
    const failure = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
    expect(failure?.ResourceStatusReason).toContain('Broken cannot be made');
    const rollback = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'ROLLBACK_IN_PROGRESS');
    expect(rollback?.ResourceStatusReason).toContain('failed to create: [Broken]');
  });

  it('leaves out resources whose condition is false', async () => {
    const body = template(
      { Always: Thing(), Sometimes: Thing({}, { Condition: 'Wanted' }) },
      {
        Parameters: { Want: { Type: 'String', Default: 'no' } },
        Conditions: { Wanted: { 'Fn::Equals': [{ Ref: 'Want' }, 'yes'] } },
      },
    );
    await create('conditional', body);
    expect(calls).toEqual(['create Always']);
  });

  it.each<[string, string, RegExp]>([
    [
      'a type that the cloud does not have',
      template({ A: { Type: 'AWS::Neptune::DBCluster' } }),
      /AWS::Neptune::DBCluster/,
    ],
    ['a reference to nothing', template({ A: Thing({ Of: { Ref: 'B' } }) }), /Unresolved resource dependencies \[B\]/],
    [
      'a circular reference',
      template({ A: Thing({ Of: { Ref: 'B' } }), B: Thing({}, { DependsOn: 'A' }) }),
      /Circular dependency.*A.*B/,
    ],
    [
      'a parameter without a value',
      template({ A: Thing() }, { Parameters: { P: { Type: 'String' } } }),
      /\[P\] must have values/,
    ],
    ['text that is not JSON', 'Resources: {}', /JSON not well-formed/],
    ['a misspelt member', template({ A: { Type: 'AWS::Test::Thing', Propertys: {} } }), /Propertys/],
  ])('refuses %s', async (_name, body, message) => {
    await expect(create('refused', body)).rejects.toThrow(message);
    await expect(client.send(new DescribeStacksCommand({ StackName: 'refused' }))).rejects.toThrow(/does not exist/);
  });

  it('requires a capability for roles', async () => {
    const body = template({ Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } } });
    await expect(create('unacknowledged', body)).rejects.toMatchObject({ name: 'InsufficientCapabilitiesException' });
  });
});

describe('UpdateStack', () => {
  it('updates in place, replaces, adds and removes', async () => {
    await create(
      'changing',
      template({ Same: Thing(), Grown: Thing({ Size: 1 }), Moved: Thing({ Fixed: 'a' }), Gone: Thing() }),
    );
    calls = [];
    const next = template({ Same: Thing(), Grown: Thing({ Size: 2 }), Moved: Thing({ Fixed: 'b' }), New: Thing() });
    expect(await update('changing', next)).toBe('UPDATE_COMPLETE');
    expect(calls.toSorted()).toEqual(['create Moved', 'create New', 'delete Gone', 'delete Moved', 'update Grown 2']);
    expect(calls.indexOf('create Moved')).toBeLessThan(calls.indexOf('delete Moved'));
    await expect(update('changing', next)).rejects.toThrow('No updates are to be performed.');
  });

  it('rolls everything back when one update fails', async () => {
    await create('unlucky', template({ Good: Thing({ Size: 1 }), Bad: Thing({ Size: 1, Of: { Ref: 'Good' } }) }));
    calls = [];
    const next = template({
      Good: Thing({ Size: 2 }),
      Bad: Thing({ Size: 2, Fail: 'update', Of: { Ref: 'Good' } }),
      Extra: Thing(),
    });
    expect(await update('unlucky', next)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(calls).toContain('delete Extra');
    expect(calls.filter((call) => call.startsWith('update Good'))).toEqual(['update Good 2', 'update Good 1']);
    calls = [];
    // The stack has its old state again: the old template changes nothing.
    const old = template({ Good: Thing({ Size: 1 }), Bad: Thing({ Size: 1, Of: { Ref: 'Good' } }) });
    await expect(update('unlucky', old)).rejects.toThrow('No updates are to be performed.');
  });
});

describe('DeleteStack', () => {
  it('ends in DELETE_FAILED when a resource cannot be deleted, and keeps the resources that it needs', async () => {
    await create(
      'stuck',
      template({ Base: Thing(), Stuck: Thing({ Fail: 'delete', Of: { Ref: 'Base' } }), Free: Thing() }),
    );
    expect(await remove('stuck')).toBe('DELETE_FAILED');
    expect(calls).toContain('delete Free');
    expect(calls).not.toContain('delete Base');
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: 'stuck' }));
    expect(stack?.StackStatusReason).toContain('[Stuck]');
  });

  it('fails when a bucket is not empty', async () => {
    await create(
      'full',
      template({ Bucket: { Type: 'AWS::S3::Bucket' } }, { Outputs: { Name: { Value: { Ref: 'Bucket' } } } }),
    );
    const { Name: bucket = '' } = await outputs('full');
    const nobody = {
      operation: 'PutObject',
      method: 'PUT',
      bucket,
      key: 'a',
      headers: {},
      resource: '',
      query: new URLSearchParams(),
    };
    await plane.s3.answer(nobody, (async function* () {})());
    expect(await remove('full')).toBe('DELETE_FAILED');
    const told = await client.send(new DescribeStackEventsCommand({ StackName: 'full' }));
    const failure = told.StackEvents?.find(({ ResourceStatus }) => ResourceStatus === 'DELETE_FAILED');
    expect(failure).toBeDefined();
    expect(told.StackEvents?.some(({ ResourceStatusReason }) => ResourceStatusReason?.includes('not empty'))).toBe(
      true,
    );
  });
});
