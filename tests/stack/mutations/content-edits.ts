import type { Grafana } from '../../../functions/domain/grafana';

/** Reverts a change. */
export type Undo = () => Promise<void>;

type Model = Record<string, unknown>;

const unmarked = { 'x-disable-provenance': 'true' };
const copy = (model: unknown): Model => structuredClone(model) as Model;

/** Changes a stored data source. */
export async function editDataSource(grafana: Grafana, uid: string, edit: (model: Model) => Model): Promise<Undo> {
  const path = `/api/datasources/uid/${uid}`;
  const { body } = await grafana.request('GET', path);
  await grafana.request('PUT', path, { body: edit(copy(body)) });
  return async () => void (await grafana.request('PUT', path, { body: { ...copy(body), version: undefined } }));
}

export async function deleteDataSource(grafana: Grafana, uid: string): Promise<Undo> {
  const path = `/api/datasources/uid/${uid}`;
  const { body } = await grafana.request('GET', path);
  await grafana.request('DELETE', path);
  return async () => void (await grafana.request('POST', '/api/datasources', { body }));
}

/** Replaces a text everywhere in a dashboard's JSON. */
export async function editDashboard(grafana: Grafana, uid: string, from: string | RegExp, to: string): Promise<Undo> {
  const { body } = await grafana.request('GET', `/api/dashboards/uid/${uid}`);
  const { dashboard, meta } = body as { readonly dashboard: Model; readonly meta: { readonly folderUid?: string } };
  const text = JSON.stringify(dashboard);
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${uid} does not hold ${String(from)}`);
  const save = async (model: Model): Promise<void> => {
    const written = { dashboard: model, folderUid: meta.folderUid, overwrite: true };
    await grafana.request('POST', '/api/dashboards/db', { body: written });
  };
  await save(JSON.parse(edited) as Model);
  return () => save(dashboard);
}

/** Changes the list of a dashboard's panels. */
export async function editPanels(
  grafana: Grafana,
  uid: string,
  edit: (panels: readonly Model[]) => readonly Model[],
): Promise<Undo> {
  const { body } = await grafana.request('GET', `/api/dashboards/uid/${uid}`);
  const { dashboard, meta } = body as { readonly dashboard: Model; readonly meta: { readonly folderUid?: string } };
  const save = async (model: Model): Promise<void> => {
    const written = { dashboard: model, folderUid: meta.folderUid, overwrite: true };
    await grafana.request('POST', '/api/dashboards/db', { body: written });
  };
  await save({ ...dashboard, panels: edit(dashboard['panels'] as readonly Model[]) });
  return () => save(dashboard);
}

export async function deleteDashboard(grafana: Grafana, uid: string): Promise<Undo> {
  const { body } = await grafana.request('GET', `/api/dashboards/uid/${uid}`);
  const { dashboard, meta } = body as { readonly dashboard: Model; readonly meta: { readonly folderUid?: string } };
  await grafana.request('DELETE', `/api/dashboards/uid/${uid}`);
  const { id: _, ...model } = dashboard;
  return async () =>
    void (await grafana.request('POST', '/api/dashboards/db', {
      body: { dashboard: model, folderUid: meta.folderUid, overwrite: true },
    }));
}

/** Changes the object at `path` of the provisioning API (below `/api/v1/provisioning`). */
export async function editProvisioned(grafana: Grafana, path: string, edit: (model: Model) => Model): Promise<Undo> {
  const at = `/api/v1/provisioning/${path}`;
  const { body } = await grafana.request('GET', at);
  await grafana.request('PUT', at, { body: edit(copy(body)), headers: unmarked });
  return async () => void (await grafana.request('PUT', at, { body, headers: unmarked }));
}

export async function deleteRule(grafana: Grafana, uid: string): Promise<Undo> {
  const at = `/api/v1/provisioning/alert-rules/${uid}`;
  const { body } = await grafana.request('GET', at);
  await grafana.request('DELETE', at, { headers: unmarked });
  return async () =>
    void (await grafana.request('POST', '/api/v1/provisioning/alert-rules', { body, headers: unmarked }));
}

/** The provisioning API has no GET for a single contact point. */
export async function editContactPoint(grafana: Grafana, uid: string, edit: (model: Model) => Model): Promise<Undo> {
  const { body } = await grafana.request('GET', '/api/v1/provisioning/contact-points');
  const stored = (body as readonly Model[]).find((point) => point['uid'] === uid);
  if (!stored) throw new Error(`there is no contact point ${uid}`);
  const put = async (model: Model): Promise<void> => {
    await grafana.request('PUT', `/api/v1/provisioning/contact-points/${uid}`, { body: model, headers: unmarked });
  };
  await put(edit(copy(stored)));
  return () => put(stored);
}
