import type { Grafana } from '../grafana';
import { asAnswer, type QueryAnswer } from './answer';

/** A GET of the data source's own API through Grafana's proxy. 404 is `missing`: the store does not have it (yet). */
export async function proxied<Data>(
  grafana: Grafana,
  uid: string,
  path: string,
): Promise<QueryAnswer<Data | undefined>> {
  return asAnswer<Data | undefined>(async () => {
    const { status, body } = await grafana.request('GET', `/api/datasources/proxy/uid/${uid}${path}`, {
      accept: [404, 501],
      retry: false,
    });
    if (status === 501)
      return { kind: 'not-evaluated', reason: `the engine behind ${uid} cannot evaluate ${path.split('?')[0]}` };
    if (status === 404 && isWithoutDataSource(body))
      return { kind: 'error', status, reason: `Grafana has no data source with the UID ${uid}` };
    if (status === 404) return { kind: 'data', data: undefined };
    return { kind: 'data', data: body as Data };
  });
}

/** Grafana's own 404 ("Unable to find datasource", "Data source not found") is not the store's. */
function isWithoutDataSource(body: unknown): boolean {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' && /data ?source/i.test(message);
}
