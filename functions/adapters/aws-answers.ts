import { Readable } from 'node:stream';
import { AwsUnavailable } from '../domain/errors';
import { readThrown } from '../domain/thrown';
import { readAtMost } from './read-at-most';

/**
 * What a response must contain to be from AWS, by operation: members that the service's model requires, and the ETag
 * that S3 always sends. A proxy or a wrong endpoint may answer 200 with something else. Unchecked, `{}` would mean
 * "there is no workspace", and an empty body "it is stored".
 */
const proofs: Readonly<Record<string, string>> = {
  CreateWorkspaceCommand: 'workspace',
  CreateWorkspaceServiceAccountCommand: 'id',
  CreateWorkspaceServiceAccountTokenCommand: 'serviceAccountToken',
  DeleteWorkspaceCommand: 'workspace',
  DeleteWorkspaceServiceAccountTokenCommand: 'tokenId',
  DescribeExecutionCommand: 'status',
  DescribeRuleCommand: 'Name',
  DescribeServicesCommand: 'services',
  DescribeWorkspaceAuthenticationCommand: 'authentication',
  DescribeWorkspaceCommand: 'workspace',
  DescribeWorkspaceConfigurationCommand: 'configuration',
  GetExecutionHistoryCommand: 'events',
  GetObjectCommand: 'ETag',
  ListMultipartUploadsCommand: 'Bucket',
  ListObjectVersionsCommand: 'Name',
  ListPermissionsCommand: 'permissions',
  ListTasksCommand: 'taskArns',
  ListVersionsCommand: 'grafanaVersions',
  ListWorkspacesCommand: 'workspaces',
  ListWorkspaceServiceAccountsCommand: 'serviceAccounts',
  ListWorkspaceServiceAccountTokensCommand: 'serviceAccountTokens',
  PutObjectCommand: 'ETag',
  UpdatePermissionsCommand: 'errors',
  UpdateWorkspaceAuthenticationCommand: 'authentication',
  UpdateServiceCommand: 'service',
  UpdateWorkspaceCommand: 'workspace',
};

/**
 * Turns every non-AWS response (HTML, a cut or too large body, another shape) and every lost connection into
 * `AwsUnavailable`, which names the operation. The error is marked as transient, so the SDK retries as after a 503.
 */
export function checkAnswers(stack: AwsMiddlewareStack): void {
  // The deserializer runs between these two.
  stack.add(judgeAnswer, { step: 'deserialize', priority: 'high', name: 'judgeAnswer' });
  stack.add(readWholeBody, { step: 'deserialize', priority: 'low', name: 'readWholeBody' });
}

const judgeAnswer: AwsMiddleware = (next, { commandName = 'the operation' }) => {
  const operation = commandName.replace(/Command$/, '');
  return async (args) => {
    const answer = await next(args).catch((error: unknown) => {
      throw isOfTheService(error) ? error : notAnswered(operation, error);
    });
    const { [commandName]: proof } = proofs;
    if (proof === undefined || answer.output?.[proof] !== undefined) return answer;
    throw new AwsUnavailable(operation, `answered ${answer.response.statusCode} without ${proof}`);
  };
};

/** How long a body may take after the response headers. The HTTP handler's own timeout ends with the headers. */
const BODY_WITHIN_MS = 15_000;

/**
 * Reads the whole body before it is parsed, so that the SDK retries a cut one, S3 streams included. No body is large
 * here.
 */
const readWholeBody: AwsMiddleware = (next) => async (args) => {
  const answer = await next(args);
  const whole = await readWhole(answer.response);
  answer.response.body = Readable.from(whole.length > 0 ? [whole] : [], { objectMode: false });
  return answer;
};

/** The bytes of the body. Throws if it is HTML, is cut, is too large or does not end in time. */
export async function readWhole(response: AwsResponse): Promise<Buffer> {
  const body = response.body as Readable;
  const type = response.headers['content-type'] ?? '';
  if (/^text\/html\b/i.test(type)) {
    body.destroy();
    throw new UnusableAnswer(`answered ${response.statusCode} with ${type}`);
  }
  const timer = setTimeout(
    () => body.destroy(new UnusableAnswer(`did not end its answer within ${BODY_WITHIN_MS / 1000} s`)),
    BODY_WITHIN_MS,
  );
  try {
    return await readAtMost(body);
  } finally {
    clearTimeout(timer);
  }
}

class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
}

/** Every error from an AWS service has `$fault`. */
function isOfTheService(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$fault' in error;
}

function notAnswered(operation: string, error: unknown): AwsUnavailable {
  const { name, message, code } = readThrown(error);
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
  // The SDK's message quotes the body, which must not be logged.
  const reason =
    name === 'SyntaxError' || status !== undefined
      ? `answered ${status ?? 'something'} with a body that is not AWS's`
      : message || (code ?? name);
  return new AwsUnavailable(operation, reason, error);
}

/** The part of the SDK's types that is used here. The SDK keeps them in a separate package. */
export interface AwsMiddlewareStack {
  add(
    middleware: AwsMiddleware,
    options: { readonly step: 'deserialize'; readonly priority: 'high' | 'low'; readonly name: string },
  ): void;
}

type AwsMiddleware = (
  next: (args: AwsArguments) => Promise<AwsAnswer>,
  context: { readonly commandName?: string },
) => (args: AwsArguments) => Promise<AwsAnswer>;

// biome-ignore lint/suspicious/noExplicitAny: any client's input, which is not read here
type AwsArguments = any;

interface AwsAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: any client's output; only one member is checked
  output: any;
  response: AwsResponse;
}

// biome-ignore lint/suspicious/noExplicitAny: the SDK leaves the answer of its HTTP handler untyped
type AwsResponse = any;
