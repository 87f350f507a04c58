import type { AuditStore } from '../../functions/domain/audit';
import { GrafanaRejected, GrafanaUnavailable } from '../../functions/domain/errors';
import type { Grafana } from '../../functions/domain/grafana';
import type { WorkspaceOptions } from '../../local/grafana-server/contracts';
import { GrafanaError } from '../../local/grafana-server/errors';
import { Grafana as StandIn } from '../../local/grafana-server/grafana';
import { findRoute } from '../../local/grafana-server/router';
import { routes } from '../../local/grafana-server/routes';

/**
 * The Grafana stand-in of the local cloud without its HTTP server, so that a test can change thousands of members. Data
 * sources are healthy and every query has a value: the engines behind them are not there.
 */
export function inProcessGrafana(version: string): Grafana {
  const closing = new AbortController().signal;
  const configuration = () => ({ plugins: { pluginAdminEnabled: true }, unifiedAlerting: { enabled: true } });
  const options = { version, now: () => Date.now(), closing, configuration };
  const standIn = new StandIn(options as unknown as WorkspaceOptions);
  return {
    async request(method, path, { body, headers = {}, accept = [] } = {}) {
      const [route = '', search = ''] = path.split('?', 2);
      if (/\/health$|\/proxy\//.test(route)) return { status: 200, body: { status: 'OK', message: 'healthy' } };
      if (route === '/api/ds/query') return { status: 200, body: { results: everyQueryHasAValue(body) } };
      const match = findRoute(routes, standIn, method, route);
      if (!match) throw new Error(`the stand-in has no route ${method} ${route}`);
      try {
        const answer = await match.route.handle({
          grafana: standIn,
          method,
          params: match.params,
          query: new URLSearchParams(search),
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
          body: Buffer.from(JSON.stringify(body ?? null)),
          identity: { id: '1', name: 'test', role: 'ADMIN' },
        });
        return { status: answer.status, body: answer.body ?? '' };
      } catch (error) {
        if (!(error instanceof GrafanaError)) throw error;
        if (accept.includes(error.status)) return { status: error.status, body: { message: error.message } };
        if (error.status >= 500) throw new GrafanaUnavailable(`${method} ${route}`, error.message, error, error.status);
        throw new GrafanaRejected(`${method} ${route}`, error.status, error.message);
      }
    },
  };
}

function everyQueryHasAValue(body: unknown) {
  const { queries } = body as { readonly queries: readonly { readonly refId: string }[] };
  const frame = { schema: { fields: [{ type: 'number' }] }, data: { values: [[1]] } };
  return Object.fromEntries(queries.map(({ refId }) => [refId, { frames: [frame] }]));
}

/** The audit bucket in memory. */
export function memoryAuditStore(): AuditStore & { readonly objects: Map<string, string> } {
  const objects = new Map<string, string>();
  return {
    objects,
    async read(key) {
      const text = objects.get(key);
      return text === undefined ? undefined : { text, etag: text };
    },
    async writeIf(key, text, condition) {
      if (objects.get(key) !== (condition === 'new' ? undefined : condition.etag)) return false;
      objects.set(key, text);
      return true;
    },
    async write(key, text) {
      objects.set(key, text);
    },
    async delete(key) {
      objects.delete(key);
    },
    location: (key) => `s3://audit/${key}`,
  };
}
