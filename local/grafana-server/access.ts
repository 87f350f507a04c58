import type { IncomingMessage } from 'node:http';
import type { Identity } from './contracts';
import { GrafanaError, publicError } from './errors';
import type { Grafana } from './grafana';
import type { Route } from './router';

/** Keeps web pages of other origins out: no CORS, and a foreign Origin gets Grafana's "origin not allowed". */
export function checkOrigin(request: IncomingMessage): void {
  const host = request.headers.host ?? '';
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) throw new GrafanaError(403, `host not allowed: ${host}`);
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`) throw new GrafanaError(403, 'origin not allowed');
}

/**
 * Service account tokens as bearer or as basic auth's api_key user ("Authentication HTTP API"). Messages:
 * pkg/services/authn/clients/api_key.go.
 */
export function authenticate(grafana: Grafana, request: IncomingMessage): Identity {
  const key = readKey(request.headers.authorization);
  if (key === undefined) throw publicError(401, 'auth.unauthorized', 'Unauthorized');
  const found = grafana.options.identify(key);
  if (found === 'unknown') throw publicError(401, 'api-key.invalid', 'Invalid API key');
  if (found === 'expired') throw publicError(401, 'api-key.expired', 'Expired API key');
  return found;
}

function readKey(header: string | undefined): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(header ?? '');
  if (bearer) return bearer[1];
  const basic = /^Basic\s+(\S+)$/i.exec(header ?? '');
  const pair = basic ? Buffer.from(basic[1] ?? '', 'base64').toString('utf8') : '';
  return pair.startsWith('api_key:') ? pair.slice('api_key:'.length) : undefined;
}

const rank = { VIEWER: 1, EDITOR: 2, ADMIN: 3 } as const;

/** The wording of accesscontrol's middleware (pkg/services/accesscontrol/middleware.go). */
export function requireRole(grafana: Grafana, route: Route, identity: Identity): void {
  const least = typeof route.role === 'function' ? route.role(grafana) : route.role;
  if (least === 'anyone' || rank[identity.role] >= rank[least]) return;
  throw new GrafanaError(
    403,
    `You'll need additional permissions to perform this action. Permissions needed: ${route.permission}`,
    {
      accessErrorId: 'ACE0000000000',
      title: 'Access denied',
    },
  );
}
