import type { DashboardModel } from './content';
import type { Grafana } from './grafana';

/**
 * A dashboard as Grafana stores it. `schema-v2`: somebody saved it in Grafana's editor, which from 12 on stores schema
 * v2 if dynamic dashboards are enabled. `/api` answers 406 when such a dashboard is read, but accepts the classic form
 * to replace it.
 */
export type StoredDashboard =
  | { readonly kind: 'classic'; readonly dashboard: DashboardModel; readonly folderUid: string | undefined }
  | { readonly kind: 'schema-v2' };

/** Undefined if it does not exist. */
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
