import { RouteNotAllowed } from '../errors';
import type { Grafana, GrafanaAnswer } from '../grafana';
import { firstAllowed, type Way } from '../second-ways';
import { asAnswer, type QueryAnswer } from './answer';

/**
 * Calls GET on the data source's API through Grafana's proxy. If the workspace's front end refuses both kinds of proxy,
 * `query` is used instead. A 404 means that the store does not have it (yet): `read` gets undefined.
 */
export async function proxied<Body, Data>(
  grafana: Grafana,
  { uid, path }: { readonly uid: string; readonly path: string },
  read: (body: Body | undefined) => Data,
  query: () => Promise<QueryAnswer<Data>>,
): Promise<QueryAnswer<Data>> {
  return asAnswer<Data>(() =>
    firstAllowed<QueryAnswer<Data>>(grafana, [
      ...proxyWays(grafana, uid, path, [404, 501]).map(({ route, run }) => ({
        route,
        run: async () => toAnswer(await run(), uid, path, read),
      })),
      { route: 'POST /api/ds/query', run: query },
    ]),
  );
}

/** The proxy by uid, and by numeric id, which Grafana 13 has turned off. aws-facts: workspace-proxy-by-uid */
export function proxyWays(
  grafana: Grafana,
  uid: string,
  path: string,
  accept: readonly number[],
): readonly Way<GrafanaAnswer>[] {
  const rest = path.replace(/^\//, '');
  const numeric = 'GET /api/datasources/proxy/:id';
  return [
    {
      route: `GET /api/datasources/proxy/uid/${uid}`,
      run: () => grafana.request('GET', `/api/datasources/proxy/uid/${uid}/${rest}`, { accept, retry: false }),
    },
    {
      route: numeric,
      async run() {
        const { body } = await grafana.request('GET', `/api/datasources/uid/${uid}`);
        const { id } = body as { readonly id?: number };
        if (id === undefined) throw new RouteNotAllowed(numeric);
        const answer = await grafana.request('GET', `/api/datasources/proxy/${id}/${rest}`, { accept, retry: false });
        if (answer.status === 404 && messageOf(answer.body) === 'Not found') throw new RouteNotAllowed(numeric);
        return answer;
      },
    },
  ];
}

function toAnswer<Body, Data>(
  { status, body }: GrafanaAnswer,
  uid: string,
  path: string,
  read: (body: Body | undefined) => Data,
): QueryAnswer<Data> {
  if (status === 501)
    return { kind: 'not-evaluated', reason: `the engine behind ${uid} cannot evaluate ${path.split('?')[0]}` };
  // A 404 by Grafana itself ("Unable to find datasource", "Data source not found"), not by the store.
  if (status === 404 && /data ?source/i.test(messageOf(body)))
    return { kind: 'error', status, reason: `Grafana has no data source with the UID ${uid}` };
  return { kind: 'data', data: read(status === 404 ? undefined : (body as Body)) };
}

function messageOf(body: unknown): string {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : undefined;
  return typeof message === 'string' ? message : '';
}
