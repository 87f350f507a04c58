/** Groups alerts and decides when to notify: prometheus/alertmanager dispatch.go and notify.go (DedupStage). */
import type { Alert, Labels } from './alert';
import type { NotificationRoute } from './model';
import { type Destination, destinationsOf, groupLabels } from './routing';

export interface Notification {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly Alert[];
}

interface Group {
  destination: Destination;
  readonly labels: Labels;
  readonly alerts: Map<string, Alert>;
  nextFlush: number;
  /** The last notification that was sent; undefined before the first. */
  told:
    | { readonly firing: ReadonlySet<string>; readonly resolved: ReadonlySet<string>; readonly at: number }
    | undefined;
}

export class Dispatcher {
  private readonly groups = new Map<string, Group>();

  constructor(private readonly send: (notification: Notification, destination: Destination) => Promise<boolean>) {}

  /** Adds the alerts of one evaluation to their groups. */
  put(root: NotificationRoute, alerts: readonly Alert[], at: number): void {
    for (const alert of alerts) {
      for (const destination of destinationsOf(root, alert)) {
        const labels = groupLabels(destination, alert.labels);
        const key = `${destination.path}:${JSON.stringify(Object.entries(labels).sort())}`;
        const group = this.groups.get(key);
        if (group) {
          group.destination = destination;
          group.alerts.set(alert.fingerprint, alert);
        } else if (alert.status === 'firing') {
          this.groups.set(key, {
            destination,
            labels,
            alerts: new Map([[alert.fingerprint, alert]]),
            nextFlush: at + destination.groupWaitMs,
            told: undefined,
          });
        }
      }
    }
  }

  /** Notifies for the groups that are due; after a failure the next call tries again. */
  async flush(at: number): Promise<void> {
    for (const [key, group] of this.groups) {
      if (group.nextFlush > at) continue;
      const alerts = [...group.alerts.values()];
      const firing = new Set(alerts.filter((alert) => alert.status === 'firing').map((alert) => alert.fingerprint));
      const resolved = new Set(alerts.filter((alert) => alert.status === 'resolved').map((alert) => alert.fingerprint));
      if (needsUpdate(group, firing, resolved, at)) {
        const sent = await this.send(
          { receiver: group.destination.receiver, groupKey: `{}:${key}`, groupLabels: group.labels, alerts },
          group.destination,
        );
        if (!sent) continue;
        group.told = { firing, resolved, at };
      }
      group.nextFlush = at + group.destination.groupIntervalMs;
      // Alerts that resolved during the notification stay for the next one.
      for (const alert of alerts)
        if (alert.status === 'resolved' && group.alerts.get(alert.fingerprint) === alert)
          group.alerts.delete(alert.fingerprint);
      if (group.alerts.size === 0) this.groups.delete(key);
    }
  }

  alerts(): readonly { readonly alert: Alert; readonly receiver: string }[] {
    return [...this.groups.values()].flatMap((group) =>
      [...group.alerts.values()].map((alert) => ({ alert, receiver: group.destination.receiver })),
    );
  }

  clear(): void {
    this.groups.clear();
  }
}

function needsUpdate(group: Group, firing: ReadonlySet<string>, resolved: ReadonlySet<string>, at: number): boolean {
  const { told } = group;
  if (!told) return firing.size > 0;
  if (!subset(firing, told.firing)) return true;
  if (firing.size === 0) return told.firing.size > 0;
  if (!subset(resolved, told.resolved)) return true;
  return at - told.at >= group.destination.repeatIntervalMs;
}

function subset(small: ReadonlySet<string>, large: ReadonlySet<string>): boolean {
  return [...small].every((item) => large.has(item));
}
