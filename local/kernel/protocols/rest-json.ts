import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type JsonObject,
  type Kernel,
  type Operation,
  type Output,
} from '../contracts';
import { parseJsonBody, writeJson } from './json';
import { runOperation } from './operations';

/** An operation of a REST service. Its input has the path's labels, the query's parameters and the body's members. */
export interface RestOperation extends Operation {
  /** Method and path template: `GET /workspaces/{workspaceId}`. A `{label+}` also matches slashes. */
  readonly route: string;
  /** Status of the response; 200 by default. */
  readonly status?: number;
  /** The body is not JSON (Lambda's Invoke payload): `handle` reads `request.body` itself. */
  readonly rawBody?: boolean;
}

/** Responses that `restAnswer` has made, by the output that stands for them. */
const answers = new WeakMap<Output, Omit<AwsResponse, 'operation'>>();

/** The output of an operation whose response is not a plain JSON document, such as a payload with headers. */
export function restAnswer(answer: Omit<AwsResponse, 'operation'>, output: Output = {}): Output {
  const handle = { ...output };
  answers.set(handle, answer);
  return handle;
}

/**
 * restJson (Lambda, Amazon Managed Grafana, Amazon Managed Prometheus): method and path choose the operation.
 *
 *     const operations = {
 *       DescribeWorkspace: { route: 'GET /workspaces/{workspaceId}', grants: …, handle: (input) => ({ workspace: … }) },
 *       Invoke: { route: 'POST /2015-03-31/functions/{FunctionName}/invocations', rawBody: true, grants: …,
 *                 handle: (input, request) => restAnswer({ status: 200, headers: {…}, body: payload }) },
 *     } satisfies Readonly<Record<string, RestOperation>>;
 *     return { signingNames: ['grafana'], operations, handle: restJson({ kernel, operations }) };
 *
 * A repeated query parameter is a list; a Date in an output becomes epoch seconds.
 */
export function restJson(service: {
  readonly kernel: Pick<Kernel, 'authorize'>;
  readonly operations: Readonly<Record<string, RestOperation>>;
}): (request: AwsRequest) => Promise<AwsResponse> {
  const routes = Object.entries(service.operations).map(([name, operation]) => ({
    name,
    operation,
    ...compileRoute(operation.route),
  }));
  return async (request) => {
    for (const { name, operation, method, pattern, labels } of routes) {
      const match = request.method === method ? pattern.exec(request.rawPath) : null;
      if (match === null) continue;
      const body = operation.rawBody === true ? {} : parseJsonBody(request.body);
      const input = { ...readQuery(request.query), ...body, ...readLabels(match, labels) };
      const output = await runOperation(service.kernel, operation, input, request);
      const answer = answers.get(output);
      if (answer !== undefined) return { ...answer, operation: name };
      return {
        status: operation.status ?? 200,
        headers: { 'content-type': 'application/json' },
        body: writeJson(output),
        operation: name,
      };
    }
    throw new AwsError(
      'UnsupportedOperation',
      `The local cloud does not have ${request.service}: ${request.method} ${request.path}. It has: ${Object.keys(service.operations).sort().join(', ')}.`,
    );
  };
}

function compileRoute(route: string): { method: string; pattern: RegExp; labels: readonly string[] } {
  const [method = '', template = ''] = route.split(' ');
  const labels: string[] = [];
  const pattern = template.replace(/\{(\w+)(\+?)\}|[.*+?^${}()|[\]\\]/g, (text, label?: string, greedy?: string) => {
    if (label === undefined) return `\\${text}`;
    labels.push(label);
    return greedy === '+' ? '(.+)' : '([^/]+)';
  });
  return { method, pattern: new RegExp(`^${pattern.replace(/\/$/, '')}/?$`), labels };
}

function readLabels(match: RegExpExecArray, labels: readonly string[]): JsonObject {
  return Object.fromEntries(labels.map((label, index) => [label, decode(match[index + 1] ?? '')]));
}

function readQuery(query: URLSearchParams): JsonObject {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? '')];
    }),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('ValidationException', `The path has a malformed escape: ${text}`);
  }
}
