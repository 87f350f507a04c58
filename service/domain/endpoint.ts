/** The route templates: the only values that the label `endpoint` and the attribute `http.route` may have. */

export type Endpoint = '/health' | '/ready' | '/metrics' | '/data' | '/data/{key}' | 'unmatched';

export const KEY_ROUTE = '/data/';

/** Maps any path (without query) to one of six values, so that the label stays bounded. */
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

/** The value of the label `method`; uncommon methods are `other`, so that the label stays bounded. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : 'other';
}
