/**
 * Spans of outgoing HTTP requests, from Node's diagnostics channels: nothing is patched. Stable HTTP attributes (OpenTelemetry semantic
 * conventions, "HTTP client span"), trace context propagated, no query. The official instrumentation also binds every listener of request and
 * answer, which costs CPU; docs/performance.md compares the two.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import {
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  ATTR_URL_FULL,
} from '@opentelemetry/semantic-conventions';

/** Makes each later request of node:http and node:https a span of the global tracer. Call once in a process. */
export function traceOutgoing(): void {
  const tracer = trace.getTracer('data-processor/http');
  const spans = new WeakMap<ClientRequest, Span>();

  subscribe('http.client.request.created', (message) => {
    const { request } = message as { readonly request: ClientRequest };
    const parent = context.active();
    // Exports of telemetry must not create spans.
    if (isTracingSuppressed(parent)) return;
    const span = tracer.startSpan(request.method, { kind: SpanKind.CLIENT, attributes: attributesOf(request) }, parent);
    spans.set(request, span);
    // Headers given as a list are already written and cannot be extended.
    if (!request.headersSent) propagation.inject(trace.setSpan(parent, span), request, HEADERS);
  });

  // Emitted with the answer's headers; the span ends with the body.
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { readonly request: ClientRequest; readonly response: IncomingMessage };
    const span = spans.get(request);
    if (span === undefined) return;
    const status = response.statusCode ?? 0;
    span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, status);
    span.setAttribute(ATTR_NETWORK_PROTOCOL_VERSION, response.httpVersion);
    if (status >= 400) fail(span, String(status));
    response.once('close', () => {
      if (!response.complete) fail(span, 'aborted');
      end(request);
    });
  });

  subscribe('http.client.request.error', (message) => {
    const { request, error } = message as { readonly request: ClientRequest; readonly error: NodeJS.ErrnoException };
    const span = spans.get(request);
    if (span === undefined) return;
    fail(span, error.code ?? error.name);
    end(request);
  });

  function end(request: ClientRequest): void {
    spans.get(request)?.end();
    spans.delete(request);
  }
}

function fail(span: Span, type: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

const HEADERS: TextMapSetter<ClientRequest> = { set: (request, name, value) => request.setHeader(name, value) };

function attributesOf(request: ClientRequest): Attributes {
  const [path] = request.path.split('?', 1);
  const authority = String(request.getHeader('host') ?? request.host);
  const port = Number(/:(\d+)$/.exec(authority)?.[1] ?? (request.protocol === 'https:' ? 443 : 80));
  return {
    [ATTR_HTTP_REQUEST_METHOD]: request.method,
    [ATTR_SERVER_ADDRESS]: request.host,
    [ATTR_SERVER_PORT]: port,
    [ATTR_URL_FULL]: `${request.protocol}//${authority}${path}`,
  };
}
