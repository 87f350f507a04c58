import { AlertingStore } from './alerting/store';
import type { WorkspaceOptions } from './contracts';
import { DashboardStore } from './dashboards';
import { DataSourceStore } from './data-sources';
import { type Features, featuresOf } from './features';
import { PluginStore } from './plugins';

/**
 * The state of one workspace's Grafana, used by queries, alert rules and messages. It survives restarts and version
 * upgrades.
 */
export class WorkspaceState {
  features: Features;
  readonly dataSources = new DataSourceStore();
  readonly dashboards = new DashboardStore();
  readonly plugins = new PluginStore();
  readonly alerting: AlertingStore;
  readonly annotations: Annotation[] = [];

  constructor(readonly options: WorkspaceOptions) {
    this.features = featuresOf(options.version);
    this.alerting = new AlertingStore(this.features.emptyDefaultReceiver);
  }

  setVersion(version: string): void {
    this.features = featuresOf(version);
  }
}

export interface Annotation {
  readonly id: number;
  readonly time: number;
  readonly timeEnd: number;
  readonly text: string;
  readonly tags: readonly string[];
  readonly dashboardUID: string;
  readonly panelId: number;
}
