import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { AwsError, type Kernel, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import { cfnNumber, parseProperties, recorded } from '../cfn-values';
import { type FunctionCode, unpackFunctionCode, writeInlineCode } from './function-code';
import { checkEnvironment, type FunctionProperties, functionProperties } from './function-properties';
import { LambdaFunction } from './lambda-function';
import { DEFAULT_EVENT_INVOKE, type FunctionRegistry } from './registry';

/**
 * The permissions that the role of a function in a VPC requires (Lambda developer guide, "Required IAM permissions").
 */
const VPC_ACTIONS = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];

export function lambdaResources(
  kernel: Kernel,
  functions: FunctionRegistry,
): Readonly<Record<string, ResourceHandler>> {
  return {
    'AWS::Lambda::Function': functionResource(kernel, functions),
    'AWS::Lambda::Version': versionResource(kernel, functions),
    'AWS::Lambda::Permission': permissionResource(functions),
    'AWS::Lambda::EventInvokeConfig': eventInvokeResource(functions),
  };
}

function functionResource(kernel: Kernel, functions: FunctionRegistry): ResourceHandler {
  const build = async (request: ResourceRequest, name: string): Promise<LambdaFunction> => {
    const properties = parseProperties(functionProperties, request);
    checkEnvironment(properties.Environment?.Variables ?? {});
    const built = new LambdaFunction(kernel, name, '$LATEST', properties, await loadCode(kernel, properties, request));
    checkRole(kernel, built);
    return built;
  };
  return {
    create: async (request) => {
      const name = nameOf(request);
      if (functions.has(name)) {
        throw new AwsError('ResourceConflictException', `Function already exist: ${name}`, 409);
      }
      const latest = await build(request, name);
      functions.set(name, { latest, versions: new Map(), permissions: new Map(), eventInvoke: DEFAULT_EVENT_INVOKE });
      return { physicalId: name, attributes: { Arn: latest.arn } };
    },
    update: async (request) => {
      const name = request.physicalId ?? nameOf(request);
      const wanted = request.properties['FunctionName'];
      if (typeof wanted === 'string' && wanted !== name) return functionResource(kernel, functions).create(request);
      const latest = await build(request, name);
      await functions.replace(name, latest);
      return { physicalId: name, attributes: { Arn: latest.arn } };
    },
    delete: (request) => functions.delete(request.physicalId ?? ''),
  };
}

function versionResource(kernel: Kernel, functions: FunctionRegistry): ResourceHandler {
  const schema = z.strictObject({
    FunctionName: z.string(),
    CodeSha256: z.string().optional(),
    Description: z.string().optional(),
    ProvisionedConcurrencyConfig: recorded,
    RuntimePolicy: recorded,
  });
  return {
    create: async (request) => {
      const { CodeSha256: expected, FunctionName } = parseProperties(schema, request);
      const { latest, versions } = functions.entry(FunctionName);
      if (expected !== undefined && expected !== latest.code.sha256) {
        throw new AwsError(
          'InvalidParameterValueException',
          `CodeSHA256 (${expected}) is different from current CodeSHA256 in $LATEST (${latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        );
      }
      const number = String(Math.max(0, ...[...versions.keys()].map(Number)) + 1);
      versions.set(number, new LambdaFunction(kernel, latest.name, number, latest.properties, latest.code));
      return {
        physicalId: `${latest.arn}:${number}`,
        attributes: { Version: number, FunctionArn: `${latest.arn}:${number}` },
      };
    },
    delete: async (request) => {
      const { FunctionName } = parseProperties(schema, request);
      if (!functions.has(FunctionName.split(':').at(-1) ?? '') && !FunctionName.startsWith('arn:')) return;
      const number = (request.physicalId ?? '').split(':').at(-1) ?? '';
      const entry = functions.all().find(({ latest }) => latest.arn === functions.arnOf(FunctionName));
      await entry?.versions.get(number)?.close();
      entry?.versions.delete(number);
    },
  };
}

function permissionResource(functions: FunctionRegistry): ResourceHandler {
  const schema = z.strictObject({
    Action: z.string(),
    FunctionName: z.string(),
    Principal: z.string(),
    SourceAccount: z.string().optional(),
    SourceArn: z.string().optional(),
  });
  return {
    create: async (request) => {
      const {
        Action: action,
        FunctionName,
        Principal: principal,
        SourceAccount,
        SourceArn,
      } = parseProperties(schema, request);
      const id = `${request.stackName}-${request.logicalId}-${randomBytes(6).toString('hex').toUpperCase()}`;
      functions.entry(FunctionName).permissions.set(id, {
        id,
        action,
        principal,
        ...(SourceArn === undefined ? {} : { sourceArn: SourceArn }),
        ...(SourceAccount === undefined ? {} : { sourceAccount: SourceAccount }),
      });
      return { physicalId: id, attributes: { Id: id } };
    },
    delete: async (request) => {
      for (const { permissions } of functions.all()) permissions.delete(request.physicalId ?? '');
    },
  };
}

function eventInvokeResource(functions: FunctionRegistry): ResourceHandler {
  const schema = z.strictObject({
    FunctionName: z.string(),
    Qualifier: z.string(),
    MaximumRetryAttempts: cfnNumber.pipe(z.number().int().min(0).max(2)).default(2),
    MaximumEventAgeInSeconds: cfnNumber.pipe(z.number().int().min(60).max(21_600)).default(21_600),
    DestinationConfig: z
      .strictObject({
        OnFailure: z
          .strictObject({ Destination: z.string().regex(/:sns:/, 'only SNS topics are known here') })
          .optional(),
      })
      .optional(),
  });
  const apply = async (request: ResourceRequest) => {
    const properties = parseProperties(schema, request);
    const onFailure = properties.DestinationConfig?.OnFailure?.Destination;
    functions.entry(properties.FunctionName).eventInvoke = {
      maximumRetryAttempts: properties.MaximumRetryAttempts,
      maximumEventAgeSeconds: properties.MaximumEventAgeInSeconds,
      ...(onFailure === undefined ? {} : { onFailureArn: onFailure }),
    };
    return { physicalId: `${properties.FunctionName}|${properties.Qualifier}` };
  };
  return {
    create: apply,
    update: apply,
    delete: async (request) => {
      const name = (request.physicalId ?? '').split('|')[0] ?? '';
      if (functions.has(name)) functions.entry(name).eventInvoke = DEFAULT_EVENT_INVOKE;
    },
  };
}

async function loadCode(
  kernel: Kernel,
  properties: FunctionProperties,
  request: ResourceRequest,
): Promise<FunctionCode> {
  const { S3Bucket, S3Key, ZipFile } = properties.Code;
  const root = path.join(kernel.directory, 'lambda');
  if (ZipFile !== undefined) return writeInlineCode(ZipFile, root);
  if (S3Bucket === undefined || S3Key === undefined) {
    throw new AwsError('ValidationError', `${request.logicalId}: Code needs S3Bucket and S3Key, or ZipFile.`);
  }
  return unpackFunctionCode(await kernel.readObject(S3Bucket, S3Key), root);
}

function checkRole(kernel: Kernel, built: LambdaFunction): void {
  const invalid = (message: string, cause: unknown) => {
    const detail = cause instanceof Error ? ` (${cause.message})` : '';
    return new AwsError('InvalidParameterValueException', `${message}${detail}`);
  };
  let principal: ReturnType<LambdaFunction['principal']>;
  try {
    principal = built.principal();
  } catch (error) {
    throw invalid('The role defined for the function cannot be assumed by Lambda.', error);
  }
  if ((built.properties.VpcConfig?.SubnetIds ?? []).length === 0) return;
  try {
    kernel.authorize(
      principal,
      VPC_ACTIONS.map((action) => ({ action, resource: '*' })),
    );
  } catch (error) {
    throw invalid('The provided execution role does not have permissions to call CreateNetworkInterface on EC2', error);
  }
}

function nameOf(request: ResourceRequest): string {
  const wanted = request.properties['FunctionName'];
  if (typeof wanted === 'string') return wanted;
  return `${request.stackName}-${request.logicalId}`.slice(0, 51) + `-${randomBytes(6).toString('hex')}`;
}
