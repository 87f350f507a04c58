/** Plugins of a workspace: core ones and installed ones. */
export interface Plugin {
  readonly id: string;
  readonly name: string;
  readonly type: 'datasource' | 'panel' | 'app';
  readonly version: string;
  /** A core plugin cannot be uninstalled. */
  readonly core: boolean;
  /** Whether its backend answers CheckHealth; Tempo's does not (plugin.notImplemented). */
  readonly health: boolean;
}

const plugin = (id: string, name: string, health = true): Plugin => ({
  id,
  name,
  type: 'datasource',
  version: '1.0.0',
  core: true,
  health,
});

/** The core data sources of this stack and the plugins that it may install from the catalogue. */
const core: readonly Plugin[] = [
  plugin('prometheus', 'Prometheus'),
  plugin('loki', 'Loki'),
  plugin('tempo', 'Tempo', false),
  plugin('cloudwatch', 'CloudWatch'),
];

const catalogue: readonly Plugin[] = [
  { ...plugin('grafana-amazonprometheus-datasource', 'Amazon Managed Service for Prometheus'), core: false },
  { ...plugin('grafana-x-ray-datasource', 'X-Ray'), core: false },
];

export class PluginStore {
  private readonly installed = new Map<string, Plugin>();

  list(bundled: boolean): readonly Plugin[] {
    const preinstalled = bundled ? catalogue.filter((one) => one.id === 'grafana-amazonprometheus-datasource') : [];
    const own = [...this.installed.values()].filter((one) => !preinstalled.some((other) => other.id === one.id));
    return [...core, ...preinstalled, ...own];
  }

  find(id: string, bundled: boolean): Plugin | undefined {
    return this.list(bundled).find((one) => one.id === id);
  }

  /** Returns the outcome for POST /api/plugins/:id/install. */
  install(id: string, version: string | undefined, bundled: boolean): 'installed' | 'there' | 'unknown' {
    if (this.find(id, bundled)) return 'there';
    const known = catalogue.find((one) => one.id === id);
    if (!known) return 'unknown';
    this.installed.set(id, version ? { ...known, version } : known);
    return 'installed';
  }

  uninstall(id: string): boolean {
    return this.installed.delete(id);
  }
}
