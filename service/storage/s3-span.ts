/**
 * One span for an S3 call with all its attempts, like those of OpenTelemetry's AWS SDK instrumentation, except that a
 * missing document is not an error: the service graph would count S3 as failing.
 */
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { ATTR_HTTP_RESPONSE_STATUS_CODE } from '@opentelemetry/semantic-conventions';
import type { Answer } from '../outgoing/exchange';
import { expectNotFound } from '../telemetry/client-span';
import { requestIdOf, S3Error } from './s3-answers';
import type { S3Operation } from './s3-operation';

export async function inS3Span(
  operation: S3Operation,
  { bucketName, region }: { readonly bucketName: string; readonly region: string },
  run: () => Promise<Answer>,
): Promise<Answer> {
  const span = trace.getTracer('data-processor/s3').startSpan(`S3.${operation}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'rpc.system': 'aws-api',
      'rpc.service': 'S3',
      'rpc.method': operation,
      'cloud.region': region,
      'aws.s3.bucket': bucketName,
    },
  });
  const tell = (status: number, requestId: string | undefined) => {
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
    if (requestId !== undefined) span.setAttribute('aws.request.id', requestId);
  };
  try {
    const within = trace.setSpan(context.active(), span);
    const answer = await context.with(operation === 'GetObject' ? expectNotFound(within) : within, run);
    tell(answer.status, requestIdOf(answer.headers));
    return answer;
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (failure instanceof S3Error) tell(failure.$metadata.httpStatusCode, failure.requestId);
    if (operation === 'GetObject' && failure instanceof S3Error && failure.name === 'NoSuchKey') throw error;
    span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message });
    span.recordException(failure);
    throw error;
  } finally {
    span.end();
  }
}
