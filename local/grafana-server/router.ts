import type { GrafanaRole, Identity } from './contracts';
import { badRequest, isObject } from './errors';
import type { Grafana } from './grafana';

export interface HttpCall {
  readonly grafana: Grafana;
  readonly method: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly identity: Identity;
}

export interface Answer {
  readonly status: number;
  /** A Buffer is sent unchanged, anything else as JSON, undefined as no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the journal: the error, when the status alone does not show one. */
  readonly error?: string;
}

export interface Route {
  readonly method: string;
  /** `/api/datasources/uid/:uid`; `*rest` matches the rest of the path, slashes included. */
  readonly path: string;
  /** The lowest role; `anyone` needs no token. A function when it depends on the version. */
  readonly role: GrafanaRole | 'anyone' | ((grafana: Grafana) => GrafanaRole);
  /** The permission that Grafana's 403 names. */
  readonly permission: string;
  readonly when?: (grafana: Grafana) => boolean;
  readonly handle: (call: HttpCall) => Promise<Answer> | Answer;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route that matches; undefined means 404, also for an unknown method, as in Grafana. */
export function findRoute(
  routes: readonly Route[],
  grafana: Grafana,
  method: string,
  path: string,
): RouteMatch | undefined {
  for (const route of routes) {
    if (route.method !== method && route.method !== '*') continue;
    if (route.when && !route.when(grafana)) continue;
    const params = matchPath(route.path, path);
    if (params) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const actual = path.split('/');
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    if (segment.startsWith('*')) {
      params[segment.slice(1)] = actual.slice(index).join('/');
      return params;
    }
    const part = actual[index];
    if (part === undefined) return undefined;
    if (segment.startsWith(':')) {
      if (part === '') return undefined;
      params[segment.slice(1)] = decode(part);
    } else if (segment !== part) return undefined;
  }
  return wanted.length === actual.length ? params : undefined;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest('invalid URL escape');
  }
}

/** The JSON object of a request; Grafana answers anything else with "bad request data". */
export function jsonBody(call: HttpCall): Record<string, unknown> {
  const value = jsonValue(call);
  if (!isObject(value)) throw badRequest();
  return value;
}

export function jsonValue(call: HttpCall): unknown {
  try {
    return JSON.parse(call.body.toString('utf8'));
  } catch {
    throw badRequest();
  }
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}
