import type { DashboardModel } from './content';
import type { Grafana } from './grafana';

/**
 * A dashboard as Grafana has it. `schema-v2`: somebody saved it in Grafana's own editor, which stores schema v2 from 12
 * on where its dynamic dashboards are on; `/api` answers 406 for such a one, though it takes the classic form in its
 * place.
 */
export type StoredDashboard =
  | { readonly kind: 'classic'; readonly dashboard: DashboardModel; readonly folderUid: string | undefined }
  | { readonly kind: 'schema-v2' };

/** Undefined when it is not there. */
export async function readDashboard(grafana: Grafana, uid: string): Promise<StoredDashboard | undefined> {
  const { status, body } = await grafana.request('GET', `/api/dashboards/uid/${uid}`, { accept: [404, 406] });
  if (status === 404) return undefined;
  if (status === 406) return { kind: 'schema-v2' };
  const { dashboard, meta } = body as {
    readonly dashboard: DashboardModel;
    readonly meta?: { readonly folderUid?: string };
  };
  return { kind: 'classic', dashboard, folderUid: meta?.folderUid };
}
