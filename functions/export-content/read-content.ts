import type { Content } from '../domain/content';
import { GrafanaRejected, RouteNotAllowed } from '../domain/errors';
import type { Grafana } from '../domain/grafana';
import { withoutLogin, withoutSecrets } from './secrets';

/** One file of an export: the body of the request that restores the item. */
export interface ExportedFile {
  readonly kind: string;
  /** Relative to the export's folder. */
  readonly path: string;
  readonly body: unknown;
}

/** What must be restored by hand. */
export interface Gaps {
  /** Secrets that were not exported: `contact point Slack: settings.url`. */
  readonly secrets: string[];
  /** What the workspace refused to return, and why. */
  readonly notExported: string[];
}

interface Hit {
  readonly uid: string;
  readonly title: string;
}
type Members = Readonly<Record<string, unknown>> & { readonly uid: string; readonly name: string };
type Rule = Readonly<Record<string, unknown>> & {
  readonly uid: string;
  readonly folderUID: string;
  readonly ruleGroup: string;
};

const PAGE = 1000;
/** What Grafana sets by itself when it stores a rule. */
const RULE_SERVER_SIDE: ReadonlySet<string> = new Set(['id', 'orgID', 'updated', 'provenance']);

/** Reads what users made in the workspace. The setup's own content is left out: the next setup creates it again. */
export async function* readContent(grafana: Grafana, content: Content, gaps: Gaps): AsyncGenerator<ExportedFile> {
  yield* folders(grafana, content);
  yield* dataSources(grafana, content, gaps);
  yield* dashboards(grafana, content, gaps);
  yield* contactPoints(grafana, content, gaps);
  yield* muteTimings(grafana, gaps);
  yield* templates(grafana, gaps);
  yield* rules(grafana, content, gaps);
}

/** Parents come before their children, because children name them. */
async function* folders(grafana: Grafana, { folder }: Content): AsyncGenerator<ExportedFile> {
  const found: { readonly uid: string; readonly parentUid?: string }[] = [];
  for (const { uid } of await search(grafana, 'dash-folder')) {
    if (uid === folder.uid) continue;
    const { body } = await grafana.request('GET', `/api/folders/${uid}`);
    const { title, parentUid, description } = body as Readonly<Record<string, string | undefined>>;
    found.push({ uid, ...withoutEmpty({ title, parentUid, description }) });
  }
  const depth = (uid: string | undefined, steps = 0): number => {
    const own = found.find((other) => other.uid === uid);
    return own && steps < found.length ? 1 + depth(own.parentUid, steps + 1) : 0;
  };
  const ordered = found.toSorted((a, b) => depth(a.uid) - depth(b.uid));
  for (const [index, body] of ordered.entries())
    yield { kind: 'folder', path: `folders/${String(index + 1).padStart(4, '0')}-${body.uid}.json`, body };
}

async function* dataSources(grafana: Grafana, content: Content, gaps: Gaps): AsyncGenerator<ExportedFile> {
  const ours = new Set(content.dataSources.map(({ model }) => model.uid));
  const { body } = await grafana.request('GET', '/api/datasources');
  for (const { uid } of (body as readonly Members[]).filter((source) => !ours.has(source.uid))) {
    const answer = await grafana.request('GET', `/api/datasources/uid/${uid}`);
    const source = answer.body as Members & {
      readonly url?: string;
      readonly secureJsonFields?: Readonly<Record<string, boolean>>;
    };
    const { name, type, access, user, database, basicAuth, basicAuthUser, withCredentials } = source;
    const found = Object.keys(source.secureJsonFields ?? {}).map((field) => `secureJsonData.${field}`);
    const jsonData = withoutSecrets(source['jsonData'] ?? {}, found, { addresses: false, at: 'jsonData' });
    gaps.secrets.push(...found.map((path) => `data source ${name}: ${path}`));
    const known = { uid, name, type, access, user, database, basicAuth, basicAuthUser, withCredentials };
    yield {
      kind: 'data source',
      path: `data-sources/${uid}.json`,
      body: { ...withoutEmpty(known), url: withoutLogin(source.url ?? ''), isDefault: false, jsonData },
    };
  }
}

async function* dashboards(grafana: Grafana, content: Content, gaps: Gaps): AsyncGenerator<ExportedFile> {
  const ours = new Set(content.dashboards.map(({ model }) => model.uid));
  for (const { uid, title } of await search(grafana, 'dash-db')) {
    if (ours.has(uid)) continue;
    const { status, body } = await grafana.request('GET', `/api/dashboards/uid/${uid}`, { accept: [404, 406] });
    // Deleted since the search.
    if (status === 404) continue;
    if (status === 406) {
      // Saved by Grafana's editor in schema v2, which /api does not return. aws-facts: export-schema-v2
      const spec = await unlessRefused(gaps, `dashboard ${title} (schema v2)`, async () => {
        const path = `/apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/${uid}`;
        return ((await grafana.request('GET', path)).body as { readonly spec: unknown }).spec;
      });
      if (spec !== undefined) yield { kind: 'dashboard', path: `dashboards-v2/${uid}.json`, body: spec };
      continue;
    }
    const { dashboard, meta } = body as { readonly dashboard: object; readonly meta?: { readonly folderUid?: string } };
    yield {
      kind: 'dashboard',
      path: `dashboards/${uid}.json`,
      body: { dashboard: { ...dashboard, id: null }, folderUid: meta?.folderUid ?? '', overwrite: false },
    };
  }
}

async function* contactPoints(grafana: Grafana, content: Content, gaps: Gaps): AsyncGenerator<ExportedFile> {
  const ours = new Set(content.contactPoints.map(({ model }) => model.uid));
  const { body } = await grafana.request('GET', '/api/v1/provisioning/contact-points');
  for (const point of (body as readonly Members[]).filter((each) => !ours.has(each.uid) && !isDefault(each))) {
    const { uid, name, type, disableResolveMessage } = point;
    const found: string[] = [];
    const settings = withoutSecrets(point['settings'] ?? {}, found, { addresses: true, at: 'settings' });
    gaps.secrets.push(...found.map((path) => `contact point ${name}: ${path}`));
    yield {
      kind: 'contact point',
      path: `contact-points/${uid}.json`,
      body: { uid, name, type, disableResolveMessage: disableResolveMessage === true, settings },
    };
  }
}

/** The contact point of every new workspace. */
function isDefault({ name, settings }: Members): boolean {
  const { addresses } = (settings ?? {}) as { readonly addresses?: unknown };
  return /^(?:grafana-default-email|email receiver)$/.test(name) && addresses === '<example@email.com>';
}

/** aws-facts: export-alerting-routes */
async function* muteTimings(grafana: Grafana, gaps: Gaps): AsyncGenerator<ExportedFile> {
  const timings = await unlessRefused(
    gaps,
    'mute timings',
    async () => (await grafana.request('GET', '/api/v1/provisioning/mute-timings')).body as readonly Members[],
  );
  for (const { name, time_intervals } of timings ?? [])
    yield { kind: 'mute timing', path: `mute-timings/${fileName(name)}`, body: { name, time_intervals } };
}

async function* templates(grafana: Grafana, gaps: Gaps): AsyncGenerator<ExportedFile> {
  const found = await unlessRefused(gaps, 'notification templates', async () => {
    // Grafana answers 404 when there is none.
    const { status, body } = await grafana.request('GET', '/api/v1/provisioning/templates', { accept: [404] });
    return status === 404 ? [] : ((body ?? []) as readonly Members[]);
  });
  for (const { name, template } of found ?? [])
    yield { kind: 'notification template', path: `templates/${fileName(name)}`, body: { template } };
}

/** Each rule, and the interval of each group that has only users' rules: rules do not contain it. */
async function* rules(grafana: Grafana, content: Content, gaps: Gaps): AsyncGenerator<ExportedFile> {
  const ours = new Set(content.rules.map(({ uid }) => uid));
  const { body } = await grafana.request('GET', '/api/v1/provisioning/alert-rules');
  const all = body as readonly Rule[];
  const theirs = all.filter(({ uid }) => !ours.has(uid));
  for (const rule of theirs) yield { kind: 'rule', path: `rules/${rule.uid}.json`, body: asNew(rule) };
  const groupOf = ({ folderUID, ruleGroup }: Rule): string => `${folderUID}/${ruleGroup}`;
  const shared = new Set(all.filter(({ uid }) => ours.has(uid)).map(groupOf));
  const groups = new Map(theirs.filter((rule) => !shared.has(groupOf(rule))).map((rule) => [groupOf(rule), rule]));
  for (const { folderUID, ruleGroup } of groups.values()) {
    const group = await unlessRefused(gaps, `interval of rule group ${ruleGroup}`, async () => {
      const path = `/api/v1/provisioning/folder/${folderUID}/rule-groups/${encodeURIComponent(ruleGroup)}`;
      return (await grafana.request('GET', path)).body as {
        readonly interval: number;
        readonly rules: readonly Rule[];
      };
    });
    if (group === undefined) continue;
    yield {
      kind: 'rule group',
      path: `rule-groups/${folderUID}/${fileName(ruleGroup)}`,
      body: { title: ruleGroup, folderUid: folderUID, interval: group.interval, rules: group.rules.map(asNew) },
    };
  }
}

/** aws-facts: export-search */
async function search(grafana: Grafana, type: 'dash-folder' | 'dash-db'): Promise<readonly Hit[]> {
  const hits: Hit[] = [];
  for (let page = 1; ; page++) {
    const { body } = await grafana.request('GET', `/api/search?type=${type}&limit=${PAGE}&page=${page}`);
    hits.push(...(body as readonly Hit[]));
    if ((body as readonly Hit[]).length < PAGE) return hits;
  }
}

/** A refusal does not stop the removal: the manifest records it. An outage of Grafana or of AWS is thrown. */
async function unlessRefused<Read>(gaps: Gaps, what: string, read: () => Promise<Read>): Promise<Read | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GrafanaRejected || error instanceof RouteNotAllowed)) throw error;
    gaps.notExported.push(`${what}: ${error.message}`);
    return undefined;
  }
}

function asNew(rule: Rule): object {
  return Object.fromEntries(Object.entries(rule).filter(([name]) => !RULE_SERVER_SIDE.has(name)));
}

/** As `/api/…/<name>` needs it, too. */
function fileName(name: string): string {
  return `${encodeURIComponent(name)}.json`;
}

function withoutEmpty(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''));
}
