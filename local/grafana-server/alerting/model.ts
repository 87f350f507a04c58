/** The objects of the alerting provisioning API: pkg/services/ngalert/api/tooling/definitions (provisioning_*.go). */
export interface ContactPoint {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly disableResolveMessage: boolean;
  readonly provenance: string;
}

/** Matchers as [name, operator, value]; operators =, !=, =~, !~. */
export type ObjectMatcher = readonly [string, string, string];

export interface NotificationRoute {
  readonly receiver?: string;
  readonly group_by?: readonly string[];
  readonly object_matchers?: readonly ObjectMatcher[];
  readonly continue?: boolean;
  readonly mute_time_intervals?: readonly string[];
  readonly active_time_intervals?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly routes?: readonly NotificationRoute[];
  readonly provenance?: string;
}

export interface RuleQuery {
  readonly refId: string;
  readonly queryType: string;
  /** Seconds before now. */
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly datasourceUid: string;
  readonly model: Readonly<Record<string, unknown>>;
}

export interface AlertRule {
  readonly id: number;
  readonly uid: string;
  readonly orgID: number;
  readonly folderUID: string;
  readonly ruleGroup: string;
  readonly title: string;
  readonly condition: string;
  readonly data: readonly RuleQuery[];
  readonly updated: string;
  readonly noDataState: 'NoData' | 'OK' | 'Alerting' | 'KeepLast';
  readonly execErrState: 'Error' | 'OK' | 'Alerting' | 'KeepLast';
  /** A Prometheus duration: `1m`. */
  readonly for: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly isPaused: boolean;
  readonly notification_settings: NotificationSettings | null;
  readonly provenance: string;
}

/** Set when the rule names its contact point itself; the policy tree is not used then. */
export interface NotificationSettings {
  readonly receiver: string;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly mute_time_intervals?: readonly string[];
}

export interface MuteTiming {
  readonly name: string;
  readonly time_intervals: readonly Readonly<Record<string, unknown>>[];
  readonly provenance: string;
}

export interface MessageTemplate {
  readonly name: string;
  readonly template: string;
  readonly provenance: string;
}
