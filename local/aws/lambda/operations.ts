import path from 'node:path';
import { AwsError, type JsonObject, type Kernel, type Output } from '../../kernel/contracts';
import { type RestOperation, restAnswer } from '../../kernel/protocols/rest-json';
import { unpackFunctionCode } from './function-code';
import { functionProperties } from './function-properties';
import type { Invoker } from './invoker';
import { type Invocation, LambdaFunction } from './lambda-function';
import type { FunctionRegistry } from './registry';

const PATH = '/2015-03-31/functions';
/** The caller's permissions that a function in a VPC requires (Lambda developer guide, "Required IAM permissions"). */
const VPC_READS = ['ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'];

/** The operations of Lambda's REST API that the CLI, the SDKs and this stack call. */
export function lambdaOperations(kernel: Kernel, functions: FunctionRegistry, invoker: Invoker, updateDelay: number) {
  /** When a configuration update in progress ends, by function name. */
  const updating = new Map<string, number>();
  const isUpdating = ({ name }: LambdaFunction): boolean => (updating.get(name) ?? 0) > performance.now();
  const assertNotUpdating = (latest: LambdaFunction): void => {
    if (!isUpdating(latest)) return;
    throw new AwsError(
      'ResourceConflictException',
      `The operation cannot be performed at this time. An update is in progress for resource: ${latest.arn}`,
      409,
      { Type: 'User' },
    );
  };
  const arn = (input: JsonObject) => functions.arnOf(String(input['FunctionName']), text(input['Qualifier']));
  const version = (input: JsonObject) => functions.version(String(input['FunctionName']), text(input['Qualifier']));
  const on = (action: string) => (input: JsonObject) => [{ action: `lambda:${action}`, resource: arn(input) }];
  return {
    Invoke: {
      route: `POST ${PATH}/{FunctionName}/invocations`,
      rawBody: true,
      grants: on('InvokeFunction'),
      handle: async (input, request) => {
        const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
        const payload = request.body.toString('utf8');
        const name = String(input['FunctionName']);
        const qualifier = text(input['Qualifier']);
        if (type === 'DryRun') {
          version(input);
          return restAnswer({ status: 204 });
        }
        if (type === 'Event') {
          invoker.enqueue(name, payload, qualifier);
          return restAnswer({ status: 202, body: '' });
        }
        if (type !== 'RequestResponse') throw invalidType(type);
        const invocation = await invoker.invoke(name, payload, qualifier);
        return restAnswer({
          status: 200,
          headers: invocationHeaders(invocation, request.headers['x-amz-log-type'] === 'Tail'),
          body: invocation.payload,
        });
      },
    },
    GetFunction: {
      route: `GET ${PATH}/{FunctionName}`,
      grants: on('GetFunction'),
      handle: (input) => {
        const found = version(input);
        const tags = Object.fromEntries((found.properties.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
        const { ReservedConcurrentExecutions: reserved } = found.properties;
        return {
          Configuration: configuration(kernel, found, isUpdating(found)),
          Code: { RepositoryType: 'S3', Location: `file://${found.code.directory}` },
          Tags: tags,
          ...(reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reserved } }),
        };
      },
    },
    GetFunctionConfiguration: {
      route: `GET ${PATH}/{FunctionName}/configuration`,
      grants: on('GetFunctionConfiguration'),
      handle: (input) => {
        const found = version(input);
        return configuration(kernel, found, isUpdating(found));
      },
    },
    UpdateFunctionCode: {
      route: `PUT ${PATH}/{FunctionName}/code`,
      grants: on('UpdateFunctionCode'),
      handle: async (input) => {
        const { FunctionName, ZipFile, ...others } = input;
        const [unknown] = Object.keys(others);
        if (unknown !== undefined || typeof ZipFile !== 'string') {
          throw new AwsError(
            'UnsupportedOperation',
            `The local cloud's UpdateFunctionCode takes ZipFile alone, not ${unknown ?? 'a call without it'}.`,
          );
        }
        const { latest } = functions.entry(String(FunctionName));
        assertNotUpdating(latest);
        const code = await unpackFunctionCode(Buffer.from(ZipFile, 'base64'), path.join(kernel.directory, 'lambda'));
        const updated = new LambdaFunction(kernel, latest.name, latest.version, latest.properties, code);
        updating.set(latest.name, performance.now() + updateDelay);
        await functions.replace(latest.name, updated);
        return configuration(kernel, updated, true);
      },
    },
    UpdateFunctionConfiguration: {
      route: `PUT ${PATH}/{FunctionName}/configuration`,
      // aws-facts: update-vpc-permissions
      grants: (input) => [
        ...on('UpdateFunctionConfiguration')(input),
        ...(isPlaced(input['VpcConfig']) ? VPC_READS.map((action) => ({ action, resource: '*' })) : []),
      ],
      handle: async (input) => {
        const { FunctionName, VpcConfig, ...others } = input;
        const [unknown] = Object.keys(others);
        if (unknown !== undefined) {
          throw new AwsError(
            'UnsupportedOperation',
            `The local cloud's UpdateFunctionConfiguration does not know ${unknown}.`,
          );
        }
        const { latest } = functions.entry(String(FunctionName));
        assertNotUpdating(latest);
        const parsed = functionProperties.shape.VpcConfig.parse(VpcConfig);
        const properties = { ...latest.properties, ...(VpcConfig !== undefined && { VpcConfig: parsed }) };
        const updated = new LambdaFunction(kernel, latest.name, latest.version, properties, latest.code);
        updating.set(latest.name, performance.now() + updateDelay);
        await functions.replace(latest.name, updated);
        return configuration(kernel, updated, true);
      },
    },
    GetPolicy: {
      route: `GET ${PATH}/{FunctionName}/policy`,
      grants: on('GetPolicy'),
      handle: (input) => ({ Policy: JSON.stringify(policyOf(functions, String(input['FunctionName']))) }),
    },
    ListFunctions: {
      route: `GET ${PATH}`,
      grants: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
      handle: () => ({
        Functions: functions.all().map(({ latest }) => configuration(kernel, latest, isUpdating(latest))),
      }),
    },
    ListVersionsByFunction: {
      route: `GET ${PATH}/{FunctionName}/versions`,
      grants: on('ListVersionsByFunction'),
      handle: (input) => {
        const { latest, versions } = functions.entry(String(input['FunctionName']));
        return {
          Versions: [latest, ...versions.values()].map((each) => configuration(kernel, each, isUpdating(each))),
        };
      },
    },
  } satisfies Readonly<Record<string, RestOperation>>;
}

function configuration(kernel: Kernel, found: LambdaFunction, isUpdating: boolean): Output {
  const { properties } = found;
  const published = found.version === '$LATEST' ? '' : `:${found.version}`;
  return {
    FunctionName: found.name,
    FunctionArn: `${found.arn}${published}`,
    Version: found.version,
    Runtime: properties.Runtime,
    Role: properties.Role,
    Handler: properties.Handler,
    CodeSize: found.code.size,
    CodeSha256: found.code.sha256,
    Description: properties.Description ?? '',
    Timeout: properties.Timeout,
    MemorySize: properties.MemorySize,
    // Lambda returns text here, not a timestamp: ISO 8601 with a numeric zone.
    LastModified: found.lastModified.toISOString().replace('Z', '+0000'),
    RevisionId: found.revisionId,
    State: 'Active',
    LastUpdateStatus: isUpdating ? 'InProgress' : 'Successful',
    PackageType: 'Zip',
    Architectures: ['x86_64'],
    TracingConfig: { Mode: properties.TracingConfig?.Mode ?? 'PassThrough' },
    LoggingConfig: { LogFormat: 'Text', LogGroup: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${found.name}` },
    EphemeralStorage: { Size: 512 },
    ...(properties.Environment === undefined ? {} : { Environment: { Variables: properties.Environment.Variables } }),
    ...(properties.VpcConfig === undefined ? {} : { VpcConfig: vpcConfig(properties.VpcConfig) }),
    ...(kernel.closing.aborted ? { State: 'Inactive' } : {}),
  };
}

function vpcConfig(config: NonNullable<LambdaFunction['properties']['VpcConfig']>): Output {
  return { SubnetIds: config.SubnetIds ?? [], SecurityGroupIds: config.SecurityGroupIds ?? [] };
}

function isPlaced(config: unknown): boolean {
  return ((config as { readonly SubnetIds?: readonly string[] } | undefined)?.SubnetIds ?? []).length > 0;
}

function policyOf(functions: FunctionRegistry, name: string): JsonObject {
  const { latest, permissions } = functions.entry(name);
  if (permissions.size === 0) {
    throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
  }
  const statements = [...permissions.values()].map(({ id, action, principal, sourceArn }) => ({
    Sid: id,
    Effect: 'Allow',
    Principal: { Service: principal },
    Action: action,
    Resource: latest.arn,
    ...(sourceArn === undefined ? {} : { Condition: { ArnLike: { 'AWS:SourceArn': sourceArn } } }),
  }));
  return { Version: '2012-10-17', Id: 'default', Statement: statements };
}

function invocationHeaders(invocation: Invocation, withLog: boolean): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-amz-executed-version': invocation.executedVersion,
    ...(invocation.functionError === undefined ? {} : { 'x-amz-function-error': invocation.functionError }),
    ...(withLog ? { 'x-amz-log-result': Buffer.from(invocation.logTail).toString('base64') } : {}),
  };
}

function invalidType(type: string): AwsError {
  return new AwsError(
    'InvalidParameterValueException',
    `Invocation type ${type} is not one of RequestResponse, Event, DryRun.`,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
