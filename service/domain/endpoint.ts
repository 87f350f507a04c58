/** The route templates: the only values that the label `endpoint` and the attribute `http.route` may have. */

export type Endpoint = '/health' | '/ready' | '/metrics' | '/data' | '/data/{key}' | 'unmatched';

export const KEY_ROUTE = '/data/';

/** Whatever callers send, one of the six: paths that no route has are one value. `path` has no query. */
export function endpointOf(path: string): Endpoint {
  switch (path) {
    case '/health':
    case '/ready':
    case '/metrics':
    case '/data':
      return path;
    default:
      return path.length > KEY_ROUTE.length && path.startsWith(KEY_ROUTE) ? '/data/{key}' : 'unmatched';
  }
}

/** The path of a request target, without its query. */
export function pathOf(url: string | undefined): string {
  const query = url?.indexOf('?') ?? -1;
  return query === -1 ? (url ?? '') : (url ?? '').slice(0, query);
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The label `method`: unusual methods are one value. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : 'other';
}
