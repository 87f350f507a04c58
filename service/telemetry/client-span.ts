/**
 * Spans of outgoing HTTP requests, from Node's diagnostics channels: nothing is patched. Stable HTTP attributes
 * (OpenTelemetry semantic conventions, "HTTP client span"), trace context propagated, no query. The official
 * instrumentation also binds every listener of request and answer, which costs CPU; docs/performance.md compares the
 * two.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
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

const NOT_FOUND_EXPECTED = createContextKey('a 404 is expected');

/**
 * In this context a 404 is an ordinary answer and leaves the span's status unset: the convention for HTTP client spans
 * makes each 4xx an error, and lets an instrumentation that knows more leave it unset.
 */
export function expectNotFound(within: Context): Context {
  return within.setValue(NOT_FOUND_EXPECTED, true);
}

/** Makes each later request of node:http and node:https a span of the global tracer. Call once in a process. */
export function traceOutgoing(): void {
  const tracer = trace.getTracer('data-processor/http');
  const spans = new WeakMap<ClientRequest, Span>();
  const mayNotFind = new WeakSet<ClientRequest>();

  subscribe('http.client.request.created', (message) => {
    const { request } = message as { readonly request: ClientRequest };
    const parent = context.active();
    // Exports of telemetry must not create spans.
    if (isTracingSuppressed(parent)) return;
    const span = tracer.startSpan(request.method, { kind: SpanKind.CLIENT, attributes: attributesOf(request) }, parent);
    spans.set(request, span);
    if (parent.getValue(NOT_FOUND_EXPECTED) === true) mayNotFind.add(request);
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
    if (status >= 400 && !(status === 404 && mayNotFind.has(request))) fail(span, String(status));
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
