/**
 * A protocol turns a table of operations into `ServiceModule.handle`. In short, a module looks like this:
 *
 *     export function createFoo(kernel: Kernel): ServiceModule {
 *       const operations: Operations = {
 *         DescribeFoo: {
 *           grants: (input) => [{ action: 'foo:DescribeFoo', resource: String(input.fooArn) }],
 *           handle: (input) => ({ foo: { fooArn: input.fooArn ?? '', createdAt: kernel.now() } }),
 *         },
 *       };
 *       return { signingNames: ['foo'], operations, handle: awsJson({ kernel, version: '1.1', operations }) };
 *     }
 *
 * Errors are thrown as AwsError; the kernel writes them in the protocol of the request.
 */
import { AwsError, type AwsRequest, type JsonObject, type Kernel, type Operation, type Output } from '../contracts';

/** The operation of that name. Throws UnsupportedOperation, which lists the operations that the service has. */
export function findOperation<Kind extends Operation>(
  operations: Readonly<Record<string, Kind>>,
  name: string,
  service: string,
): Kind {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  throw new AwsError(
    'UnsupportedOperation',
    `The local cloud does not have ${service}:${name}. It has: ${Object.keys(operations).sort().join(', ')}.`,
  );
}

/** Checks the caller's policies, then runs the operation. */
export async function runOperation(
  kernel: Pick<Kernel, 'authorize'>,
  operation: Operation,
  input: JsonObject,
  request: AwsRequest,
): Promise<Output> {
  kernel.authorize(request.principal, operation.grants(input, request));
  return (await operation.handle(input, request)) ?? {};
}
