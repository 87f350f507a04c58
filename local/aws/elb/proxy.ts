import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { TargetGroup } from './target-group';

/** What a rule does with a request. */
export type Action =
  | { readonly type: 'forward'; readonly targetGroup: TargetGroup }
  | { readonly type: 'fixed-response'; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly type: 'redirect'; readonly status: number; readonly location: (request: IncomingMessage) => string };

/** Hop-by-hop headers, which are not forwarded (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface ProxyOptions {
  readonly idleTimeoutSeconds: number;
  readonly listenerPort: number;
  readonly now: () => Date;
}

/** Runs an action as an Application Load Balancer does. Bodies are streamed in both directions. */
export function act(action: Action, request: IncomingMessage, response: ServerResponse, options: ProxyOptions): void {
  switch (action.type) {
    case 'fixed-response':
      response.writeHead(action.status, { 'content-type': action.contentType, server: 'awselb/2.0' });
      response.end(action.body);
      return;
    case 'redirect':
      response.writeHead(action.status, { location: action.location(request), server: 'awselb/2.0' });
      response.end();
      return;
    case 'forward':
      forward(action.targetGroup, request, response, options);
  }
}

function forward(group: TargetGroup, request: IncomingMessage, response: ServerResponse, options: ProxyOptions): void {
  const target = group.choose();
  if (target === undefined) {
    fail(request, response, 503, 'Service Temporarily Unavailable');
    return;
  }
  target.inFlight += 1;
  response.once('close', () => target.finished());
  const upstream = httpRequest({
    host: target.address.id,
    port: target.address.port,
    method: request.method,
    path: request.url,
    headers: forwardedHeaders(request, options),
    agent: false,
  });
  upstream.setTimeout(options.idleTimeoutSeconds * 1000, () => {
    fail(request, response, 504, 'Gateway Time-out');
    upstream.destroy();
  });
  upstream.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer));
    answer.pipe(response);
    // The client must see that the body is incomplete.
    answer.once('aborted', () => response.destroy());
  });
  upstream.once('error', () => fail(request, response, 502, 'Bad Gateway'));
  request.once('aborted', () => upstream.destroy());
  request.pipe(upstream);
}

function forwardedHeaders(request: IncomingMessage, { listenerPort, now }: ProxyOptions): OutgoingHttpHeaders {
  const client = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1';
  const before = request.headers['x-forwarded-for'];
  const seconds = Math.floor(now().getTime() / 1000).toString(16);
  const root = `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
  return {
    ...endToEnd(request),
    ...(request.headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    'x-forwarded-for': before === undefined ? client : `${before}, ${client}`,
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(listenerPort),
    'x-amzn-trace-id': request.headers['x-amzn-trace-id'] ?? root,
  };
}

function endToEnd(message: IncomingMessage): OutgoingHttpHeaders {
  const named = String(message.headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined || HOP_BY_HOP.has(name) || named.includes(name) ? [] : [[name, value]],
    ),
  );
}

/**
 * Answers with an error of the load balancer; closes the connection if a part of the target's response has been sent.
 */
function fail(request: IncomingMessage, response: ServerResponse, status: number, title: string): void {
  request.unpipe();
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const heading = `${status} ${title}`;
  const body = `<html>\r\n<head><title>${heading}</title></head>\r\n<body>\r\n<center><h1>${heading}</h1></center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(status, { 'content-type': 'text/html', server: 'awselb/2.0', connection: 'close' });
  response.end(body);
}
