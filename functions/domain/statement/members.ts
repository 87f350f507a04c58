/**
 * What in the workspace is the stack's, member by member. The comparison and the checks go by this table, and
 * docs/operations.md shows it.
 */

export type Part =
  | 'data source'
  | 'folder'
  | 'dashboard'
  | 'alert rule'
  | 'rule group'
  | 'contact point'
  | 'notification policy'
  | 'service account';

/**
 * `shipped`: a difference is drift, and the setup puts it back. `silencing`: the same, and it can keep an alert from
 * people. `user's`: left alone.
 */
export type Belongs = 'shipped' | 'silencing' | "user's";

export interface Member {
  /** Names joined by dots. `[]` is any entry of a list, `*` any name, `**` any number of either. */
  readonly path: string;
  readonly belongs: Belongs;
  /** Values that Grafana stores if none is given. They mean the same as no value. */
  readonly defaults?: readonly unknown[];
  /** What a difference does, for people on call. `{is}`, `{wanted}`, `{member}` and `{difference}` are replaced. */
  readonly says?: string;
  /** The same for a member that is not shipped. */
  readonly saysAdded?: string;
  /** Why it is left alone. */
  readonly why?: string;
  /** `false` differs from no value, because Grafana stores this JSON as it is sent. */
  readonly isVerbatim?: true;
}

/** Grafana writes these itself. */
function bookkeeping(...paths: readonly string[]): readonly Member[] {
  return paths.map((path) => ({ path, belongs: "user's", why: 'Grafana writes it itself' }));
}

const ALL: Member = { path: '**', belongs: 'shipped' };

/** The first row that matches a member counts. */
export const MEMBERS: Readonly<Record<Part, readonly Member[]>> = {
  'data source': [
    ...bookkeeping('id', 'orgId', 'typeName', 'typeLogoUrl', 'version', 'readOnly', 'accessControl', 'apiVersion'),
    {
      path: 'secureJsonFields.**',
      belongs: "user's",
      why: 'a secret has no effect without the member that uses it, and that one is put back',
    },
    { path: 'jsonData.**', belongs: 'shipped', isVerbatim: true },
    ALL,
  ],
  folder: [
    { path: 'uid', belongs: 'shipped' },
    { path: 'title', belongs: 'shipped' },
    { path: '**', belongs: "user's", why: 'description, permissions and the folder above it change nothing of ours' },
  ],
  dashboard: [
    ...bookkeeping('id', 'version', 'iteration', 'schemaVersion', '**.pluginVersion'),
    { path: '**.hide', belongs: 'shipped' },
    { path: 'editable', belongs: 'shipped', defaults: [true], isVerbatim: true },
    { path: 'fiscalYearStartMonth', belongs: 'shipped', defaults: [0], isVerbatim: true },
    { path: 'graphTooltip', belongs: 'shipped', defaults: [0], isVerbatim: true },
    { path: 'liveNow', belongs: 'shipped' },
    { path: 'preload', belongs: 'shipped' },
    { path: '**', belongs: 'shipped', isVerbatim: true },
  ],
  'alert rule': [
    ...bookkeeping('id', 'orgID', 'updated', 'guid', 'version'),
    {
      path: 'provenance',
      belongs: "user's",
      why: "it only decides whether the rule can be edited in Grafana's pages",
    },
    { path: 'isPaused', belongs: 'silencing', says: 'paused: it is not evaluated and alerts nobody' },
    {
      path: 'notification_settings.receiver',
      belongs: 'silencing',
      saysAdded: "sends to the contact point {is} instead of the stack's",
    },
    {
      path: 'notification_settings.*',
      belongs: 'silencing',
      saysAdded: 'muted or delayed by its own notification setting {member}',
    },
    {
      path: 'labels.*',
      belongs: 'silencing',
      says: '{difference}: its alerts may reach nobody',
      saysAdded: 'has the label {member} besides ours, which may route its alerts elsewhere',
    },
    { path: 'noDataState', belongs: 'silencing', says: '{difference}: without data it does something else' },
    { path: 'execErrState', belongs: 'silencing', says: '{difference}: when its query fails it does something else' },
    { path: 'for', belongs: 'silencing', says: '{difference}: its alerts come at another time' },
    {
      path: 'keep_firing_for',
      belongs: 'silencing',
      defaults: ['0s', 0],
      says: '{difference}: its alerts end at another time',
    },
    { path: 'condition', belongs: 'silencing' },
    { path: 'record.**', belongs: 'silencing', says: '{difference}: it records a metric and alerts nobody' },
    { path: 'missingSeriesEvalsToResolve', belongs: 'silencing', defaults: [0] },
    // What Grafana adds to a query's model when it stores a rule.
    { path: 'data[].model.intervalMs', belongs: 'silencing', defaults: [1000], isVerbatim: true },
    { path: 'data[].model.maxDataPoints', belongs: 'silencing', defaults: [43200], isVerbatim: true },
    { path: 'data[].model.**', belongs: 'silencing', isVerbatim: true },
    { path: 'data[].relativeTimeRange.*', belongs: 'silencing', defaults: [0] },
    { path: 'data.**', belongs: 'silencing' },
    ALL,
  ],
  'rule group': [
    {
      path: 'interval',
      belongs: 'silencing',
      says: 'evaluated every {is} s instead of every {wanted} s: its alerts come at another time, or never',
    },
    { path: '**', belongs: "user's", why: 'each rule is compared by itself, and rules of users stay in the group' },
  ],
  'contact point': [
    { path: 'provenance', belongs: "user's", why: "it only decides whether it can be edited in Grafana's pages" },
    {
      path: 'disableResolveMessage',
      belongs: 'silencing',
      says: '{difference}: it sends no message when an alert is over',
    },
    { path: 'settings.topic_arn', belongs: 'silencing', says: '{difference}: its messages go elsewhere' },
    { path: 'settings.topic', belongs: 'silencing', says: '{difference}: its messages go elsewhere' },
    { path: 'settings.**', belongs: 'silencing' },
    ALL,
  ],
  'notification policy': [
    ...bookkeeping('provenance'),
    { path: '**.mute_time_intervals', belongs: 'silencing', says: 'muted at the times of {is}' },
    { path: '**.active_time_intervals', belongs: 'silencing', says: 'muted outside the times of {is}' },
    { path: '**.receiver', belongs: 'silencing', says: '{difference}: its alerts go elsewhere' },
    { path: '**.group_wait', belongs: 'silencing', says: '{difference}: its messages come at another time' },
    { path: '**.group_interval', belongs: 'silencing', says: '{difference}: its messages come at another time' },
    { path: '**.repeat_interval', belongs: 'silencing', says: '{difference}: its messages come at another time' },
    ALL,
  ],
  'service account': [
    ...bookkeeping('id'),
    { path: 'role', belongs: 'shipped' },
    { path: 'isDisabled', belongs: 'shipped', says: 'disabled' },
    ALL,
  ],
};
