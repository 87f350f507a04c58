import type { Clock } from '../domain/clock';
import { type Content, pluginsFor } from '../domain/content';
import { PluginNotInstalled, RouteNotAllowed } from '../domain/errors';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import { type Change, summarize } from '../domain/reconcile';
import type { StepResult } from '../domain/results';

/** Unpacking a plugin takes seconds, but Grafana may restart for it. */
const DEADLINE_MS = 60_000;

/** Checks each plugin that the data sources of this Grafana version need, and installs the missing ones. */
export async function installPlugins(
  { access, verifyOnly }: { readonly access: Access; readonly verifyOnly: boolean },
  { session, content, clock }: { readonly session: GrafanaSession; readonly content: Content; readonly clock: Clock },
): Promise<StepResult> {
  const plugins = pluginsFor(content, access.grafanaVersion);
  if (plugins.length === 0)
    return { outcome: 'unchanged', detail: `Grafana ${access.grafanaVersion} has all data sources built in` };
  return session(access, 'plugins', async (grafana) => {
    const changes: Change[] = [];
    for (const plugin of plugins)
      changes.push(await install(grafana, plugin, access.grafanaVersion, verifyOnly, clock));
    return summarize(changes);
  });
}

async function install(
  grafana: Grafana,
  plugin: string,
  version: string,
  verifyOnly: boolean,
  clock: Clock,
): Promise<Change> {
  const name = `plugin ${plugin}`;
  try {
    if (await isInstalled(grafana, plugin)) return { name, outcome: 'unchanged', differences: [] };
  } catch (error) {
    if (error instanceof RouteNotAllowed) return installUnseen(grafana, plugin, error.route, verifyOnly);
    throw error;
  }
  if (verifyOnly) return { name, outcome: 'drifted', differences: ['missing'] };
  await requestInstall(grafana, plugin);
  const deadline = clock.now().getTime() + DEADLINE_MS;
  for (let wait = 250; !(await isInstalled(grafana, plugin)); wait = Math.min(wait * 2, 5_000)) {
    if (clock.now().getTime() > deadline) throw new PluginNotInstalled(plugin, version);
    await clock.sleep(wait);
  }
  return { name, outcome: 'added', differences: [] };
}

/**
 * If the workspace refuses the lookup, an installation request shows whether the plugin is installed.
 * aws-facts: workspace-plugin-settings-route
 */
async function installUnseen(grafana: Grafana, plugin: string, refused: string, verifyOnly: boolean): Promise<Change> {
  const name = `plugin ${plugin}`;
  const decides = 'the health of its data source decides';
  const unchanged = (note: string): Change => ({ name, outcome: 'unchanged', differences: [], note });
  if (verifyOnly) return unchanged(`not looked at, as this workspace refuses ${refused}; ${decides}`);
  try {
    const { status } = await requestInstall(grafana, plugin);
    const because = `as this workspace refuses ${refused}; ${decides}`;
    if (status === 409) return unchanged(`there, proved by installing it (409), ${because}`);
    return { name, outcome: 'added', differences: [], note: `installed without looking, ${because}` };
  } catch (error) {
    if (!(error instanceof RouteNotAllowed)) throw error;
    return unchanged(
      `neither looked at nor installed, as this workspace refuses ${refused} and ${error.route}; ${decides}`,
    );
  }
}

/** 409: installed already, or by another process in the meantime. */
function requestInstall(grafana: Grafana, plugin: string) {
  return grafana.request('POST', `/api/plugins/${plugin}/install`, { body: {}, accept: [409], timeout: 60_000 });
}

async function isInstalled(grafana: Grafana, plugin: string): Promise<boolean> {
  return (await grafana.request('GET', `/api/plugins/${plugin}/settings`, { accept: [404] })).status !== 404;
}
