import { z } from 'zod';
import { AwsError } from '../../kernel/contracts';
import { cfnNumber, cfnTags, recorded } from '../cfn-values';

/** AWS::Lambda::Function, as far as this stack uses it; any other property is refused by name. */
export const functionProperties = z.strictObject({
  FunctionName: z
    .string()
    .regex(/^[a-zA-Z0-9-_]{1,64}$/, 'must be 1 to 64 letters, digits, hyphens or underscores')
    .optional(),
  Code: z.strictObject({
    S3Bucket: z.string().optional(),
    S3Key: z.string().optional(),
    S3ObjectVersion: recorded,
    ZipFile: z.string().optional(),
  }),
  Handler: z.string(),
  Runtime: z.string().regex(/^nodejs\d+\.x$/, 'the local cloud runs Node.js runtimes only'),
  Role: z.string(),
  Timeout: cfnNumber.pipe(z.number().int().min(1).max(900)).default(3),
  MemorySize: cfnNumber.pipe(z.number().int().min(128).max(10_240)).default(128),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  ReservedConcurrentExecutions: cfnNumber.pipe(z.number().int().min(0)).optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string().optional() }).optional(),
  LoggingConfig: z
    .strictObject({
      LogGroup: z.string().optional(),
      LogFormat: recorded,
      ApplicationLogLevel: recorded,
      SystemLogLevel: recorded,
    })
    .optional(),
  VpcConfig: z
    .object({ SubnetIds: z.array(z.string()).optional(), SecurityGroupIds: z.array(z.string()).optional() })
    .optional(),
  Architectures: recorded,
  Description: z.string().optional(),
  EphemeralStorage: recorded,
  KmsKeyArn: recorded,
  PackageType: z.literal('Zip').optional(),
  RecursiveLoop: recorded,
  Tags: cfnTags,
  TracingConfig: z.strictObject({ Mode: z.string() }).optional(),
});

export type FunctionProperties = z.output<typeof functionProperties>;

/** Keys that Lambda sets itself (aws-facts: lambda-reserved-variables). */
const RESERVED_KEYS: readonly string[] = [
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
];
const ENVIRONMENT_LIMIT = 4096;

/** Throws InvalidParameterValueException for an environment that Lambda would refuse: reserved keys, over 4 KB. */
export function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const cannot =
    'Lambda was unable to configure your environment variables because the environment variables you have provided';
  const reserved = Object.keys(variables).filter((key) => RESERVED_KEYS.includes(key));
  if (reserved.length > 0) {
    throw new AwsError(
      'InvalidParameterValueException',
      `${cannot} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const size = Buffer.byteLength(JSON.stringify(variables));
  if (size > ENVIRONMENT_LIMIT) {
    throw new AwsError(
      'InvalidParameterValueException',
      `${cannot} exceeded the 4KB limit. String measured: ${JSON.stringify(variables).slice(0, 200)}… (${size} bytes)`,
    );
  }
}
