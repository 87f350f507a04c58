import type { Route } from './alerting/receivers-of';
import { versionInRange } from './versions';

/**
 * The workspace's content, from the files under grafana/. Grafana receives `model`, with the placeholders `@{name}` in
 * its strings replaced. Only the setup uses the members beside it.
 */
export interface Content {
  readonly folder: { readonly uid: string; readonly title: string };
  readonly dataSources: readonly DataSourceFile[];
  readonly dashboards: readonly DashboardFile[];
  readonly contactPoints: readonly ContactPointFile[];
  readonly policy: PolicyModel;
  readonly rules: readonly RuleModel[];
  /** From `alerting/rules.empty.json`: uid → why its condition may have no value in a healthy stack. */
  readonly emptyRules: Readonly<Record<string, string>>;
}

/** Grafana versions that a file is for: `since` and up, below `until`. */
export interface VersionRange {
  readonly since?: string;
  readonly until?: string;
}

export interface DataSourceModel {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly access: string;
  readonly url?: string;
  readonly isDefault?: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

export interface DataSourceFile extends VersionRange {
  /**
   * How its health is checked: by Grafana, or, if its plugin has no health check, by a proxied path that must answer
   * 200.
   */
  readonly health: 'backend' | { readonly proxiedPath: string };
  /**
   * A query for the health check if the workspace refuses the first way. A healthy data source answers it, with or
   * without data.
   */
  readonly healthQuery: Readonly<Record<string, unknown>>;
  /** Members of jsonData, one set per sign-in method. They are tried in turn, and the first healthy one stays. */
  readonly signIns?: readonly Readonly<Record<string, unknown>>[];
  readonly model: DataSourceModel;
}

export interface Target {
  readonly refId: string;
  readonly datasource?: { readonly type?: string; readonly uid: string };
  readonly [member: string]: unknown;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly datasource?: { readonly type?: string; readonly uid: string };
  readonly targets?: readonly Target[];
  readonly panels?: readonly Panel[];
  readonly [member: string]: unknown;
}

export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly tags?: readonly string[];
  readonly panels: readonly Panel[];
  readonly [member: string]: unknown;
}

export interface DashboardFile {
  readonly model: DashboardModel;
  /** From the sidecar `<name>.empty.json`: `<panel id>/<refId>` → why a healthy stack may leave it empty. */
  readonly possiblyEmpty: Readonly<Record<string, string>>;
}

export interface ContactPointModel {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  /** Set although it is Grafana's default, so that a contact point that no longer reports resolved alerts is drift. */
  readonly disableResolveMessage: false;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface ContactPointFile extends VersionRange {
  readonly model: ContactPointModel;
}

export interface PolicyModel {
  readonly receiver: string;
  readonly object_matchers: readonly (readonly [string, string, string])[];
  readonly routes?: readonly Route[];
  readonly [member: string]: unknown;
}

export interface RuleModel {
  readonly uid: string;
  readonly title: string;
  readonly ruleGroup: string;
  readonly condition: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly data: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly model: Readonly<Record<string, unknown>>;
    readonly [member: string]: unknown;
  }[];
  readonly [member: string]: unknown;
}

/** Values of the placeholders. */
export type Values = Readonly<Record<string, string>>;

/** Replaces every `@{name}` in the strings of `model`. Throws for a name without a value. */
export function fill<Model>(model: Model, values: Values): Model {
  return JSON.parse(
    JSON.stringify(model).replace(/@\{(\w+)\}/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new RangeError(`grafana/ uses the placeholder @{${name}}, which has no value`);
      return JSON.stringify(value).slice(1, -1);
    }),
  ) as Model;
}

/** The data source of `uid` for this Grafana version. */
export function dataSourceFor(content: Content, uid: string, grafanaVersion: string): DataSourceFile | undefined {
  return content.dataSources.find((file) => file.model.uid === uid && versionInRange(grafanaVersion, file));
}

/** The plugins outside Grafana's core that the data sources of this version need. */
export function pluginsFor(content: Content, grafanaVersion: string): readonly string[] {
  const types = content.dataSources
    .filter((file) => versionInRange(grafanaVersion, file))
    .map(({ model }) => model.type);
  return types.filter((type) => type.startsWith('grafana-'));
}

/** The rule that a drill triggers, and the contact point that must send its alert. */
export function drillOf(content: Content): { readonly rule: string; readonly contactPoint: string } {
  const rule = content.rules.find(({ labels }) => labels['severity'] === 'sev2');
  if (!rule) throw new RangeError('grafana/alerting/rules has no rule of severity sev2 for the drill');
  return { rule: rule.title, contactPoint: content.policy.receiver };
}
