import type { AuditStore } from '../domain/audit';
import type { Clock } from '../domain/clock';
import { type Content, type DataSourceModel, dataSourceFor, fill, type Values } from '../domain/content';
import { DataSourceUnhealthy } from '../domain/errors';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { type Ownership, readOwnership } from '../domain/ownership';
import { type Change, type Resource, reconcile, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';
import { secondWays } from '../domain/second-ways';
import { memberDifferences } from '../domain/statement/member-differences';
import { ownedResource } from '../domain/statement/owned-resource';
import { askHealth } from './health';
import { candidatesOf, keepHealthy, nearestFirst, said, signInOf } from './sign-in';

/** Upserts the data source `uid` and checks that Grafana reaches its backend. */
export async function applyDataSource(
  { item: uid, access, verifyOnly }: { readonly item: string; readonly access: Access; readonly verifyOnly: boolean },
  {
    session,
    audit,
    content,
    values,
    clock,
  }: {
    readonly session: GrafanaSession;
    readonly audit: AuditStore;
    readonly content: Content;
    readonly values: Values;
    readonly clock: Clock;
  },
): Promise<StepResult & { readonly name: string }> {
  const file = dataSourceFor(content, uid, access.grafanaVersion);
  if (!file) return { name: uid, outcome: 'unchanged', detail: `not for Grafana ${access.grafanaVersion}` };
  const candidates = candidatesOf(fill(file.model, values), file.signIns);
  const proof = { health: file.health, healthQuery: fill(file.healthQuery, values) };
  const ownership = await readOwnership(audit, access.workspaceId);
  return session(access, `data-source-${uid}`, async (grafana) => {
    const order = nearestFirst(candidates, await readDataSource(grafana, uid));
    const [first] = order;
    const { name } = first;
    const changes = [await reconcile(dataSource(grafana, first, ownership), verifyOnly)];
    // The health of a data source that differs from the wanted one proves nothing.
    if (changes[0]?.outcome === 'drifted')
      return { name, outcome: 'drifted', detail: `${summarize(changes).detail}; not asked for its health` };
    const healthy = await keepHealthy(verifyOnly ? [first] : order, {
      apply: async (candidate) => void changes.push(await reconcile(dataSource(grafana, candidate, ownership), false)),
      ask: (candidate) => askHealth(grafana, candidate, proof),
      clock,
    }).catch((error: unknown) => {
      if (verifyOnly && error instanceof DataSourceUnhealthy) return error;
      throw error;
    });
    // A verification goes on, to find all drift.
    if (healthy instanceof DataSourceUnhealthy) return { name, outcome: 'failed', detail: healthy.message };
    const { kept, message, failed } = healthy;
    const instead =
      failed.size === 0 ? [] : [`signs in by ${signInOf(kept)}, as others are not healthy (${said(failed)})`];
    const told = [secondWays(grafana)].filter((text) => text !== '');
    const { outcome, detail } = overall(changes);
    return { name, outcome, detail: [detail, ...instead, message, ...told].join('; ') };
  });
}

/** The outcome stays `added` even if another sign-in method was tried afterwards. */
function overall(changes: readonly Change[]): ReturnType<typeof summarize> {
  const added = changes.filter(({ outcome }) => outcome === 'added');
  return summarize(added.length > 0 ? added : changes.slice(-1));
}

async function readDataSource(grafana: Grafana, uid: string): Promise<DataSourceModel | undefined> {
  const { status, body } = await grafana.request('GET', `/api/datasources/uid/${uid}`, { accept: [404] });
  return status === 404 ? undefined : (body as DataSourceModel);
}

function dataSource(grafana: Grafana, wanted: DataSourceModel, ownership: Ownership): Resource<DataSourceModel> {
  const path = `/api/datasources/uid/${wanted.uid}`;
  return {
    name: `data source ${wanted.name}`,
    read: () => readDataSource(grafana, wanted.uid),
    ...ownedResource<DataSourceModel>({
      ownership,
      kind: 'dataSources',
      uid: wanted.uid,
      // A data source has no tag.
      looksOurs: ({ name, type }) => name === wanted.name && type === wanted.type,
      compare: (actual) => memberDifferences('data source', wanted, actual),
    }),
    write: async (actual) => {
      if (actual === undefined) await grafana.request('POST', '/api/datasources', { body: wanted });
      else await grafana.request('PUT', path, { body: wanted });
    },
    unique: {
      uid: wanted.uid,
      async namesake() {
        const sources = (await grafana.request('GET', '/api/datasources')).body as readonly DataSourceModel[];
        return sources.find(({ uid, name }) => name === wanted.name && uid !== wanted.uid)?.uid;
      },
    },
  };
}
