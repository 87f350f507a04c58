/**
 * The wire format of Amazon Managed Grafana: restJson1 by the service's published model. The model is read from
 * the schemas in AWS's SDK, so that routes, members and types are not copied by hand.
 */
import * as sdk from '@aws-sdk/client-grafana';
import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError, type AwsRequest, type JsonObject } from '../../kernel/contracts';
import { checkValue, type Problem, requiredMembers } from './check-value';
import { checkConstraints } from './constraints';

/**
 * Operations that this stand-in serves; the licence and API key operations are left out on purpose (Grafana 12 has no
 * API keys).
 */
const served = [
  sdk.CreateWorkspace$,
  sdk.CreateWorkspaceServiceAccount$,
  sdk.CreateWorkspaceServiceAccountToken$,
  sdk.DeleteWorkspace$,
  sdk.DeleteWorkspaceServiceAccount$,
  sdk.DeleteWorkspaceServiceAccountToken$,
  sdk.DescribeWorkspace$,
  sdk.DescribeWorkspaceAuthentication$,
  sdk.DescribeWorkspaceConfiguration$,
  sdk.ListPermissions$,
  sdk.ListTagsForResource$,
  sdk.ListVersions$,
  sdk.ListWorkspaces$,
  sdk.ListWorkspaceServiceAccounts$,
  sdk.ListWorkspaceServiceAccountTokens$,
  sdk.TagResource$,
  sdk.UntagResource$,
  sdk.UpdatePermissions$,
  sdk.UpdateWorkspace$,
  sdk.UpdateWorkspaceAuthentication$,
  sdk.UpdateWorkspaceConfiguration$,
] as const;

export interface Call {
  readonly operation: string;
  /** The HTTP status of success, from the model: 200 or 202. */
  readonly successStatus: number;
  /** Validates the input. Throws ValidationException as the service does. */
  input(): JsonObject;
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly successStatus: number;
  readonly input: NormalizedSchema;
  readonly required: readonly string[];
}

const routes: readonly Route[] = served.map((schema) => {
  const [, , operation, traits, inputRef] = schema;
  const http = (traits as { http: [string, string, number] }).http;
  const input = NormalizedSchema.of(inputRef);
  return {
    operation,
    method: http[0],
    segments: http[1].split('/'),
    successStatus: http[2],
    input,
    required: requiredMembers(input),
  };
});

/** Finds the operation of a request. Throws ValidationException (UNKNOWN_OPERATION) when there is none. */
export function readCall(request: AwsRequest): Call {
  const { route, labels } = findRoute(request);
  const { operation, successStatus } = route;
  return { operation, successStatus, input: () => readInput(request, route, labels) };
}

function readInput(request: AwsRequest, route: Route, labels: Readonly<Record<string, string>>): JsonObject {
  const body = readBody(request);
  const input: JsonObject = {};
  const bodyMembers = new Set<string>();
  const problems: Problem[] = [];
  for (const [name, member] of route.input.structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpLabel) {
      input[name] = labels[name];
    } else if (traits.httpQuery) {
      readQuery(request.query, traits.httpQuery, name, member, input, problems);
    } else {
      bodyMembers.add(name);
      const value = body[name];
      if (value !== undefined && value !== null) {
        problems.push(...checkValue(name, member, value));
        input[name] = value;
      }
    }
  }
  for (const name of Object.keys(body)) {
    if (!bodyMembers.has(name)) problems.push({ name, message: `Unknown field "${name}"` });
  }
  for (const name of route.required) {
    if (input[name] === undefined) problems.push({ name, message: `Member must not be null` });
  }
  if (problems.length === 0) problems.push(...checkConstraints(route.operation, input));
  if (problems.length > 0) throw invalidFields(problems);
  return input;
}

export function invalidFields(problems: readonly Problem[]): AwsError {
  const sentence = problems.map(
    (problem) => `Value at '${problem.name}' failed to satisfy constraint: ${problem.message}`,
  );
  return new AwsError(
    'ValidationException',
    `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${sentence.join('; ')}`,
    400,
    {
      reason: 'FIELD_VALIDATION_FAILED',
      fieldList: problems.map((problem) => ({ name: problem.name, message: problem.message })),
    },
  );
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message, 400, { reason: 'OTHER' });
}

function findRoute(request: AwsRequest): { route: Route; labels: Record<string, string> } {
  const parts = (request.rawPath.split('?')[0] ?? '').split('/');
  for (const route of routes) {
    if (route.method !== request.method) continue;
    const labels = matchSegments(route.segments, parts);
    if (labels) return { route, labels };
  }
  throw new AwsError(
    'ValidationException',
    `UnsupportedOperation: the local cloud does not serve ${request.method} ${request.path} of Amazon Managed Grafana`,
    400,
    {
      reason: 'UNKNOWN_OPERATION',
    },
  );
}

function matchSegments(segments: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  // The slash in the ARN of a tagged resource may be encoded or not: the last label takes the rest of the path.
  const last = segments[segments.length - 1];
  const joined =
    last?.startsWith('{resourceArn') && parts.length > segments.length
      ? [...parts.slice(0, segments.length - 1), parts.slice(segments.length - 1).join('/')]
      : parts;
  if (joined.length !== segments.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = joined[index] ?? '';
    if (segment.startsWith('{')) {
      if (part === '') return undefined;
      labels[segment.slice(1, -1)] = decodeURIComponent(part);
    } else if (segment !== part) return undefined;
  }
  return labels;
}

function readBody(request: AwsRequest): JsonObject {
  const text = request.body.toString('utf8');
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Not JSON: the error below covers it.
  }
  throw new AwsError('ValidationException', 'Could not parse request body', 400, { reason: 'CANNOT_PARSE' });
}

function readQuery(
  query: URLSearchParams,
  key: string,
  name: string,
  member: NormalizedSchema,
  input: JsonObject,
  problems: Problem[],
): void {
  const values = query.getAll(key);
  if (values.length === 0) return;
  if (member.isListSchema()) {
    input[name] = values;
  } else if (member.isNumericSchema()) {
    const value = Number(values[0]);
    if (Number.isInteger(value)) input[name] = value;
    else problems.push({ name, message: 'Member must be an integer' });
  } else {
    input[name] = values[0];
  }
}
