import { z } from 'zod';
import {
  AwsError,
  type JsonObject,
  type Kernel,
  type Operations,
  type Output,
  type ResourceHandler,
  type ServiceModule,
} from '../../kernel/contracts';
import { awsJson } from '../../kernel/protocols/aws-json';
import { generatedName, parseProperties, recorded } from '../cfn-values';

const properties = z.strictObject({
  AllowedPattern: recorded,
  DataType: recorded,
  Description: recorded,
  Name: z
    .string()
    .regex(/^\/?[\w.-]+(\/[\w.-]+)*$/, 'is a path of letters, digits, underscores, dots and hyphens')
    .optional(),
  Policies: recorded,
  Tags: z.record(z.string(), z.string()).optional(),
  Tier: recorded,
  // SecureString cannot be made by CloudFormation.
  Type: z.enum(['String', 'StringList']),
  // AWS Systems Manager API reference, PutParameter: a standard parameter has at most 4 KB and is not empty.
  Value: z.string().min(1).max(4096),
});

interface Parameter {
  readonly name: string;
  readonly type: 'String' | 'StringList';
  readonly value: string;
  readonly version: number;
  readonly modified: Date;
}

/** Parameter Store: parameters that CloudFormation makes, read by name and by path. */
export function createSsm(kernel: Kernel): ServiceModule {
  const parameters = new Map<string, Parameter>();
  const arnOf = (name: string) =>
    `arn:${kernel.partition}:ssm:${kernel.region}:${kernel.accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
  const describe = ({ name, type, value, version, modified }: Parameter): Output => ({
    Name: name,
    Type: type,
    Value: value,
    Version: version,
    LastModifiedDate: modified,
    ARN: arnOf(name),
    DataType: 'text',
  });
  const operations: Operations = {
    GetParameter: {
      grants: (input) => [{ action: 'ssm:GetParameter', resource: arnOf(text(input, 'Name')) }],
      handle: (input) => {
        const found = parameters.get(text(input, 'Name'));
        if (found === undefined) throw new AwsError('ParameterNotFound', '');
        return { Parameter: describe(found) };
      },
    },
    GetParameters: {
      grants: (input) => names(input).map((name) => ({ action: 'ssm:GetParameters', resource: arnOf(name) })),
      handle: (input) => {
        const found = names(input).flatMap((name) => parameters.get(name) ?? []);
        return {
          Parameters: found.map(describe),
          InvalidParameters: names(input).filter((name) => !parameters.has(name)),
        };
      },
    },
    GetParametersByPath: {
      grants: (input) => [{ action: 'ssm:GetParametersByPath', resource: arnOf(text(input, 'Path')) }],
      handle: (input) => {
        const path = text(input, 'Path').replace(/\/?$/, '/');
        const below = [...parameters.values()].filter(({ name }) => {
          const rest = name.startsWith(path) ? name.slice(path.length) : '';
          return rest !== '' && (input['Recursive'] === true || !rest.includes('/'));
        });
        return { Parameters: below.map(describe) };
      },
    },
  };
  return {
    signingNames: ['ssm'],
    operations,
    handle: awsJson({ kernel, version: '1.1', operations }),
    resources: { 'AWS::SSM::Parameter': parameterHandler(kernel, parameters) },
  };
}

function parameterHandler(kernel: Kernel, parameters: Map<string, Parameter>): ResourceHandler {
  const put = (name: string, { Type: type, Value: value }: z.output<typeof properties>) => {
    const version = (parameters.get(name)?.version ?? 0) + 1;
    parameters.set(name, { name, type, value, version, modified: kernel.now() });
    return { physicalId: name, attributes: { Type: type, Value: value } };
  };
  return {
    create: async (request) => {
      const parsed = parseProperties(properties, request);
      const name = parsed.Name ?? generatedName(request);
      if (parameters.has(name)) {
        throw new AwsError(
          'AlreadyExists',
          `Resource of type 'AWS::SSM::Parameter' with identifier '${name}' already exists.`,
        );
      }
      return put(name, parsed);
    },
    update: async (request) => {
      const parsed = parseProperties(properties, request);
      const { physicalId = '' } = request;
      if (parsed.Name !== undefined && parsed.Name !== physicalId) {
        throw new AwsError(
          'ValidationError',
          `${request.logicalId}: a parameter cannot be renamed here; remove the stack first.`,
        );
      }
      return put(physicalId, parsed);
    },
    delete: async ({ physicalId = '' }) => void parameters.delete(physicalId),
  };
}

function text(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new AwsError('ValidationException', `${name} must not be null or empty.`);
}

function names(input: JsonObject): readonly string[] {
  const value = input['Names'];
  if (Array.isArray(value) && value.length >= 1 && value.length <= 10) return value.map(String);
  throw new AwsError('ValidationException', 'Names must have 1 to 10 members.');
}
