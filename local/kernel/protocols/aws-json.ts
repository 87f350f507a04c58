import { AwsError, type AwsRequest, type AwsResponse, type Kernel, type Operations } from '../contracts';
import { parseJsonBody, writeJson } from './json';
import { findOperation, runOperation } from './operations';

/**
 * awsJson 1.0 and 1.1 (ECS, Step Functions, CloudWatch Logs, ECR): the operation is in `X-Amz-Target`.
 *
 *     const operations: Operations = { StartExecution: { grants: …, handle: … } };
 *     return { signingNames: ['states'], operations, handle: awsJson({ kernel, version: '1.0', operations }) };
 *
 * A Date in an output becomes epoch seconds. Input is the parsed body.
 */
export function awsJson(service: {
  readonly kernel: Pick<Kernel, 'authorize'>;
  readonly version: '1.0' | '1.1';
  readonly operations: Operations;
}): (request: AwsRequest) => Promise<AwsResponse> {
  return async (request) => {
    const [prefix, name] = (request.headers['x-amz-target'] ?? '').split('.');
    if (name === undefined || name === '') {
      throw new AwsError('UnknownOperationException', 'The X-Amz-Target header is missing or names no operation.');
    }
    const operation = findOperation(service.operations, name, prefix ?? '');
    const output = await runOperation(service.kernel, operation, parseJsonBody(request.body), request);
    return {
      status: 200,
      headers: { 'content-type': `application/x-amz-json-${service.version}` },
      body: writeJson(output),
      operation: name,
    };
  };
}
