import { AwsError, type AwsRequest, type AwsResponse, type Kernel, type Operations, type Output } from '../contracts';
import { parseForm } from './form';
import { findOperation, runOperation } from './operations';
import { withXmlCharacters, writeXml } from './xml';

/**
 * awsQuery (CloudFormation, IAM, STS, SNS, …): `Action=` in a form body, XML answers with `<member>` lists.
 *
 *     const operations: Operations = { Publish: { grants: …, handle: (input) => ({ MessageId: '…' }) } };
 *     return { signingNames: ['sns'], operations,
 *              handle: awsQuery({ kernel, namespace: 'http://sns.amazonaws.com/doc/2010-03-31/', operations }) };
 *
 * Every scalar of an input is a string (`'true'`, `'20'`). A map in an output is
 * `{ Attributes: { entry: [{ key, value }, …] } }`; in an input it is a plain object. Error codes are the wire's
 * (`NotFound`), where these differ from the SDK's exception names.
 */
export function awsQuery(service: {
  readonly kernel: Pick<Kernel, 'authorize'>;
  readonly namespace: string;
  readonly operations: Operations;
}): (request: AwsRequest) => Promise<AwsResponse> {
  return (request) =>
    answer(service, request, (name, output) => {
      const result = writeXml(output, { itemName: 'member' });
      return (
        `<${name}Response xmlns="${service.namespace}"><${name}Result>${result}</${name}Result>` +
        `<ResponseMetadata><RequestId>${request.requestId}</RequestId></ResponseMetadata></${name}Response>`
      );
    });
}

/**
 * ec2Query: as awsQuery, but lists are `<item>` elements and member names are written lower camel case by the module.
 */
export function ec2Query(service: {
  readonly kernel: Pick<Kernel, 'authorize'>;
  readonly operations: Operations;
}): (request: AwsRequest) => Promise<AwsResponse> {
  const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';
  return (request) =>
    answer(service, request, (name, output) => {
      const result = writeXml(output, { itemName: 'item' });
      return `<${name}Response xmlns="${namespace}"><requestId>${request.requestId}</requestId>${result}</${name}Response>`;
    });
}

async function answer(
  service: { readonly kernel: Pick<Kernel, 'authorize'>; readonly operations: Operations },
  request: AwsRequest,
  write: (name: string, output: Output) => string,
): Promise<AwsResponse> {
  const { Action: name, Version: _version, ...input } = parseForm(request.body.toString('utf8'));
  if (typeof name !== 'string') throw new AwsError('MissingAction', 'The request names no Action.');
  const operation = findOperation(service.operations, name, request.service);
  const output = await runOperation(service.kernel, operation, input, request);
  const body = withXmlCharacters(write(name, output));
  return { status: 200, headers: { 'content-type': 'text/xml' }, body, operation: name };
}
