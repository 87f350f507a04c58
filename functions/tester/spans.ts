import { TESTER } from '../domain/checks/names';
import type { TesterCall } from '../domain/traffic';

/** A call as the root of its trace. */
export interface CallSpan {
  readonly call: TesterCall;
  /** 16 hexadecimal digits: the parent that the request's traceparent names. */
  readonly spanId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

interface Origin {
  readonly serviceUrl: string;
  readonly stage: string;
  readonly run: string;
}

/**
 * An ExportTraceServiceRequest in OTLP's JSON encoding with a client span for each call, by the semantic conventions of
 * HTTP clients. The tester knows which responses it expects, so an expected 404 is not an error, as the conventions
 * allow.
 */
export function exportRequest(
  spans: readonly CallSpan[],
  { serviceUrl, stage, run }: Origin,
): { readonly resourceSpans: object[] } {
  const { hostname, port, protocol } = new URL(serviceUrl);
  const attributesOf = ({ call }: CallSpan) => [
    text('http.request.method', call.method),
    text('url.template', call.endpoint),
    text('url.full', `${serviceUrl.replace(/\/+$/, '')}${call.path}`),
    text('server.address', hostname),
    integer('server.port', Number(port || (protocol === 'https:' ? 443 : 80))),
    text('tester.run', run),
    text('tester.call', call.name),
    ...(call.actualStatus === undefined ? [] : [integer('http.response.status_code', call.actualStatus)]),
    ...(isFailed(call) ? [text('error.type', call.error ?? String(call.actualStatus))] : []),
  ];
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', TESTER), text('deployment.environment.name', stage)] },
        scopeSpans: [
          {
            scope: { name: TESTER },
            spans: spans.map((span) => ({
              traceId: span.call.traceId,
              spanId: span.spanId,
              name: `${span.call.method} ${span.call.endpoint}`,
              kind: CLIENT,
              startTimeUnixNano: nanoseconds(span.startedAt),
              endTimeUnixNano: nanoseconds(span.startedAt + span.call.durationMs),
              attributes: attributesOf(span),
              status: isFailed(span.call) ? { code: ERROR } : {},
            })),
          },
        ],
      },
    ],
  };
}

/** OTLP's numbers for a client span and for the error status. */
const CLIENT = 3;
const ERROR = 2;

function isFailed({ passed, actualStatus = 0 }: TesterCall): boolean {
  return !passed || actualStatus >= 500;
}

function text(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

function integer(key: string, value: number): object {
  return { key, value: { intValue: value } };
}

/** As a string: a double cannot hold nanoseconds since 1970. */
function nanoseconds(milliseconds: number): string {
  return `${BigInt(Math.round(milliseconds * 1000))}000`;
}
