/**
 * Runs between the workspace's front end and a real Grafana. Replaces each token of the workspace by a service account
 * token of that Grafana with the same role; a browser's session passes unchanged. Writes the journal like the stand-in.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { GrafanaRole, Identity, WorkspaceOptions } from '../contracts';

export interface RealGrafana {
  readonly port: number;
  readonly password: string;
}

export interface Gateway {
  readonly url: string;
  readonly setAvailable: (available: boolean) => void;
  /** Creates a service account for each role ("Service account HTTP API"), once Grafana is ready. */
  connect(): Promise<void>;
  close(): Promise<void>;
}

type Tokens = Readonly<Record<GrafanaRole, string>>;

/** Listens at once; calls with a token of the workspace are served after `connect` has created Grafana's tokens. */
export async function startGateway(options: WorkspaceOptions, real: RealGrafana): Promise<Gateway> {
  let tokens: Tokens | undefined;
  let available = false;
  const server = createServer((request, response) => {
    const started = performance.now();
    let identity: Identity | undefined;
    response.once('close', () =>
      options.journal({
        service: 'grafana-http',
        operation: `${request.method ?? 'GET'} ${(request.url ?? '/').split('?')[0]}`,
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        status: response.statusCode,
        ms: Math.round(performance.now() - started),
        ...(identity && { principal: `service-account:${identity.name}` }),
      }),
    );
    const [path = '/'] = (request.url ?? '/').split('?');
    const own = options.frontEnd.answer({
      method: request.method ?? 'GET',
      path,
      hasToken: request.headers.authorization !== undefined,
    });
    if (own) {
      response.writeHead(own.status, { 'content-type': own.type }).end(own.body);
      return;
    }
    if (!available || tokens === undefined) return refuse(response, 503, 'Service Temporarily Unavailable');
    const key = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (key === undefined) return forward(real, request, response, undefined);
    const found = options.identify(key);
    if (typeof found === 'string')
      return refuse(response, 401, found === 'expired' ? 'Expired API key' : 'Invalid API key');
    identity = found;
    forward(real, request, response, tokens[found.role]);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : options.port}`,
    setAvailable(value) {
      available = value;
    },
    async connect() {
      const [ADMIN, EDITOR, VIEWER] = await Promise.all([
        mintToken(real, 'Admin'),
        mintToken(real, 'Editor'),
        mintToken(real, 'Viewer'),
      ]);
      tokens = { ADMIN, EDITOR, VIEWER };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(
  real: RealGrafana,
  incoming: IncomingMessage,
  response: ServerResponse,
  token: string | undefined,
): void {
  const headers = { ...incoming.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const outgoing = httpRequest(
    { host: '127.0.0.1', port: real.port, method: incoming.method, path: incoming.url, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.once('error', (error) => {
    if (response.headersSent) response.destroy();
    else refuse(response, 502, `Grafana does not answer: ${error.message}`);
  });
  response.once('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

async function mintToken(real: RealGrafana, role: 'Admin' | 'Editor' | 'Viewer'): Promise<string> {
  const account = await asAdmin(real, '/api/serviceaccounts', { name: `workspace-${role}`, role });
  // Token names are unique in a Grafana organization.
  const token = await asAdmin(real, `/api/serviceaccounts/${String(account['id'])}/tokens`, {
    name: `gateway-${role}`,
  });
  return String(token['key']);
}

async function asAdmin(real: RealGrafana, path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${real.port}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${real.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Grafana answered ${response.status} to POST ${path}: ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}
