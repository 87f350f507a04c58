import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { authenticate, checkOrigin, requireRole } from './access';
import type { Identity, WorkspaceOptions, WorkspaceServer } from './contracts';
import { GrafanaError } from './errors';
import type { FaultEffect } from './faults';
import type { FrontEndAnswer } from './front-end/front-end';
import { Grafana } from './grafana';
import { type Answer, findRoute } from './router';
import { routes } from './routes';

const maxBody = 32 * 1024 * 1024;

/** Starts a workspace's stand-in for Grafana on a port of 127.0.0.1; it answers 503 until it is made available. */
export async function startWorkspaceServer(options: WorkspaceOptions): Promise<WorkspaceServer> {
  const grafana = new Grafana(options);
  let available = false;
  const server = createServer((request, response) => {
    void serve(grafana, () => available, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  const url = `http://127.0.0.1:${port}`;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    grafana.engine.stop();
    closed ??= Promise.all([closeServer(server), grafana.engine.idle()]).then(() => undefined);
    return closed;
  };
  options.closing.addEventListener('abort', () => void close(), { once: true });
  return {
    url,
    label: 'Grafana stand-in',
    ready: Promise.resolve(),
    setAvailable(value) {
      available = value;
      if (value) grafana.engine.start();
      else grafana.engine.stop();
    },
    setVersion: (version) => grafana.setVersion(version),
    close,
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  grafana: Grafana,
  available: () => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const started = performance.now();
  const method = request.method ?? 'GET';
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
  let routeName = 'unknown';
  let body: Buffer = Buffer.alloc(0);
  let identity: Identity | undefined;
  let answer: Answer;
  let message: string | undefined;
  try {
    body = await readBody(request);
    const fault = grafana.options.faults.takeRoute(method, path);
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds).unref());
    if (fault && !('after' in fault && fault.after)) {
      const planted = applyFault(fault, request);
      if (planted === 'cut') return;
      if (planted) return end(planted);
    }
    checkOrigin(request);
    const own = grafana.options.frontEnd.answer({
      method,
      path,
      hasToken: request.headers.authorization !== undefined,
    });
    if (own) return end(toAnswer(own), "the workspace's front end");
    // A load balancer in front of a restarting workspace: 503 with a text body.
    if (!available()) throw new GrafanaError(503, 'Service Temporarily Unavailable');
    const match = findRoute(routes, grafana, method, path);
    if (!match) {
      if (path.startsWith('/api/') || path.startsWith('/apis/')) identity = authenticate(grafana, request);
      throw new GrafanaError(404, 'Not found', { traceID: '' });
    }
    routeName = `${match.route.method} ${match.route.path}`;
    identity =
      match.route.role === 'anyone' ? { id: '0', name: 'anonymous', role: 'VIEWER' } : authenticate(grafana, request);
    requireRole(grafana, match.route, identity);
    answer = await match.route.handle({
      grafana,
      method,
      params: match.params,
      query: new URLSearchParams(search),
      headers: flatten(request),
      body,
      identity,
    });
    if (fault && 'after' in fault && fault.after) {
      const planted = applyFault(fault, request);
      if (planted === 'cut') return;
      if (planted) answer = planted;
    }
  } catch (error) {
    answer = errorAnswer(error);
    message = error instanceof Error ? error.message : String(error);
  }
  end(answer);

  function end(final: Answer, refusedBy?: string): void {
    const type = request.headers['content-type'] ?? '';
    grafana.options.journal({
      service: 'grafana-http',
      operation: routeName,
      method,
      path: request.url ?? '/',
      status: final.status,
      ms: Math.round(performance.now() - started),
      ...(identity && { principal: `service-account:${identity.name}` }),
      ...(body.length > 0 && type.includes('json') && { body: body.toString('utf8') }),
      ...((message ?? final.error) !== undefined && { error: message ?? final.error ?? '' }),
      ...(refusedBy !== undefined && { error: `answered by ${refusedBy}` }),
    });
    send(response, final);
  }
}

function toAnswer({ status, type, body }: FrontEndAnswer): Answer {
  return { status, body: Buffer.from(body), headers: { 'content-type': type } };
}

function applyFault(fault: FaultEffect, request: IncomingMessage): Answer | 'cut' | undefined {
  switch (fault.kind) {
    case 'cut':
      request.socket.destroy();
      return 'cut';
    case 'error':
      return { status: fault.status, body: { message: fault.message ?? 'Planted fault', ...fault.members } };
    case 'raw':
      return {
        status: fault.status,
        body: Buffer.from(fault.body),
        headers: { 'content-type': 'text/html', ...fault.headers },
      };
    default:
      return undefined;
  }
}

function errorAnswer(error: unknown): Answer {
  if (error instanceof GrafanaError)
    return { status: error.status, body: { message: error.message, ...error.members } };
  return {
    status: 500,
    body: { message: 'Internal server error', error: error instanceof Error ? error.message : String(error) },
  };
}

function send(response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const raw =
    answer.body instanceof Buffer
      ? answer.body
      : answer.body === undefined
        ? Buffer.alloc(0)
        : Buffer.from(JSON.stringify(answer.body));
  response.writeHead(answer.status, {
    ...(answer.body !== undefined && { 'content-type': 'application/json; charset=UTF-8' }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': raw.length,
    // An injected fault may announce another length.
    ...answer.headers,
  });
  response.end(raw);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > maxBody) throw new GrafanaError(413, 'Request entity too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function flatten(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
