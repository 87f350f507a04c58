import { GrafanaError } from '../errors';
import type { AlertRule, ContactPoint, MessageTemplate, MuteTiming, NotificationRoute } from './model';

/** Grafana's defaults: pkg/setting/setting_unified_alerting.go (alertmanagerDefaultConfiguration). */
const defaultContactPoint: ContactPoint = {
  uid: '',
  name: 'grafana-default-email',
  type: 'email',
  settings: { addresses: '<example@email.com>' },
  disableResolveMessage: false,
  provenance: '',
};
/** "Amazon Managed Grafana service quotas": 100 alert rules a workspace. */
const maxRules = 100;

export class AlertingStore {
  contactPoints: readonly ContactPoint[];
  policy: NotificationRoute;
  private readonly defaultPolicy: NotificationRoute;
  readonly muteTimings = new Map<string, MuteTiming>();
  readonly templates = new Map<string, MessageTemplate>();
  private readonly byUid = new Map<string, AlertRule>();
  /** Seconds between evaluations, by group key. */
  private readonly intervals = new Map<string, number>();
  private nextId = 1;

  /** `emptyDefault`: the default receiver has no integration, so no contact point shows it. */
  constructor(emptyDefault: boolean) {
    this.contactPoints = emptyDefault ? [] : [defaultContactPoint];
    this.defaultPolicy = {
      receiver: emptyDefault ? 'empty' : defaultContactPoint.name,
      group_by: ['grafana_folder', 'alertname'],
    };
    this.policy = this.defaultPolicy;
  }

  resetPolicy(): void {
    this.policy = this.defaultPolicy;
  }

  hasReceiver(name: string): boolean {
    return name === this.defaultPolicy.receiver || this.contactPoints.some((point) => point.name === name);
  }

  rules(): readonly AlertRule[] {
    return [...this.byUid.values()];
  }

  rule(uid: string): AlertRule | undefined {
    return this.byUid.get(uid);
  }

  group(folderUid: string, group: string): readonly AlertRule[] {
    return this.rules().filter((rule) => rule.folderUID === folderUid && rule.ruleGroup === group);
  }

  interval(folderUid: string, group: string): number {
    return this.intervals.get(groupKey(folderUid, group)) ?? 60;
  }

  setInterval(folderUid: string, group: string, seconds: number): void {
    this.intervals.set(groupKey(folderUid, group), seconds);
  }

  /**
   * Adds or replaces a rule. Throws 403 over the quota and `conflict` for a second rule of the same title in a folder.
   */
  putRule(rule: Omit<AlertRule, 'id'>, conflict: 409 | 500): AlertRule {
    const before = this.byUid.get(rule.uid);
    if (!before && this.byUid.size >= maxRules)
      throw new GrafanaError(403, `alert_rule quota reached: ${maxRules} rules`);
    const namesake = this.rules().find(
      (one) => one.folderUID === rule.folderUID && one.title === rule.title && one.uid !== rule.uid,
    );
    if (namesake)
      throw new GrafanaError(
        conflict,
        `conflicting alert rule found [rule_uid: '${namesake.uid}', title: '${rule.title}']: rule title under the same organisation and folder should be unique`,
      );
    const stored = { ...rule, id: before?.id ?? this.nextId };
    if (!before) this.nextId += 1;
    this.byUid.set(rule.uid, stored);
    return stored;
  }

  deleteRule(uid: string): boolean {
    return this.byUid.delete(uid);
  }

  usesReceiver(name: string): boolean {
    return receiversOf(this.policy).includes(name);
  }
}

export function receiversOf(route: NotificationRoute): string[] {
  return [...(route.receiver ? [route.receiver] : []), ...(route.routes ?? []).flatMap(receiversOf)];
}

const groupKey = (folderUid: string, group: string): string => JSON.stringify([folderUid, group]);
