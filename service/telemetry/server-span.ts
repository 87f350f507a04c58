/**
 * Spans of incoming requests: stable HTTP attributes, the caller's trace continued, no query and only the user agent of
 * the headers. The official instrumentation exports the query, names spans by the router's pattern and binds the
 * emitters of every request, probes included; docs/performance.md compares the two.
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import {
  type Attributes,
  context,
  defaultTextMapGetter,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  ATTR_CLIENT_ADDRESS,
  ATTR_ERROR_TYPE,
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_NETWORK_PROTOCOL_VERSION,
  ATTR_SERVER_PORT,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
  ATTR_USER_AGENT_ORIGINAL,
} from '@opentelemetry/semantic-conventions';
import { type Endpoint, endpointOf, methodOf, pathOf } from '../domain/endpoint';

/** Probes and scrapes are high-volume, low-value: no spans for them. */
const UNTRACED: ReadonlySet<Endpoint> = new Set(['/health', '/metrics']);

/** Tempo's limit on an attribute (`max_attribute_bytes`); a request header may be eight times as long. */
const LONGEST = 2048;

/**
 * Wraps the listener so that each request is a span of the global tracer. Without a tracer provider it costs almost
 * nothing.
 */
export function traced(listener: RequestListener): RequestListener {
  const tracer = trace.getTracer('data-processor/http');
  return (req, res) => {
    const path = pathOf(req.url);
    const endpoint = endpointOf(path);
    if (UNTRACED.has(endpoint)) return listener(req, res);
    const parent = propagation.extract(ROOT_CONTEXT, req.headers, defaultTextMapGetter);
    const method = methodOf(req.method);
    const name = endpoint === 'unmatched' ? method : `${method} ${endpoint}`;
    const span = tracer.startSpan(
      name,
      { kind: SpanKind.SERVER, attributes: attributesOf(req, path, method, endpoint) },
      parent,
    );
    res.once('close', () => {
      if (res.headersSent) {
        span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, res.statusCode);
        if (res.statusCode >= 500) {
          span.setAttribute(ATTR_ERROR_TYPE, String(res.statusCode));
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
      } else {
        span.setAttribute(ATTR_ERROR_TYPE, 'aborted');
      }
      span.end();
    });
    context.with(trace.setSpan(parent, span), listener, undefined, req, res);
  };
}

/** Uncommon methods are `_OTHER` (OpenTelemetry semantic conventions). */
function attributesOf(req: IncomingMessage, path: string, method: string, endpoint: Endpoint): Attributes {
  const attributes: Attributes = {
    [ATTR_HTTP_REQUEST_METHOD]: method === 'other' ? '_OTHER' : method,
    [ATTR_URL_PATH]: bounded(path, req.url),
    [ATTR_URL_SCHEME]: 'http',
    [ATTR_NETWORK_PROTOCOL_VERSION]: req.httpVersion,
  };
  if (endpoint !== 'unmatched') attributes[ATTR_HTTP_ROUTE] = endpoint;
  if (req.socket.localPort !== undefined) attributes[ATTR_SERVER_PORT] = req.socket.localPort;
  if (req.socket.remoteAddress !== undefined) attributes[ATTR_CLIENT_ADDRESS] = req.socket.remoteAddress;
  const agent = req.headers['user-agent'];
  if (agent !== undefined) attributes[ATTR_USER_AGENT_ORIGINAL] = bounded(agent);
  return attributes;
}

/**
 * At most LONGEST characters of `text`, copied. A slice would keep the whole of `source` in memory for as long as the
 * span waits for its backend, which may be minutes. Latin-1, because Node decodes headers as Latin-1.
 */
function bounded(text: string, source = text): string {
  return source.length <= LONGEST ? text : Buffer.from(text.slice(0, LONGEST), 'latin1').toString('latin1');
}
