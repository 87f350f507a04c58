/** Which notification policies an alert matches: prometheus/alertmanager dispatch (route.go); defaults 30s, 5m, 4h. */
import { anchored } from '../../engines/wire/grammar';
import { parseDuration } from '../queries/query';
import type { Alert, Labels } from './alert';
import type { NotificationRoute, ObjectMatcher } from './model';

export interface Destination {
  /** Path in the tree, such as `0/2`; together with the group's labels it identifies the group. */
  readonly path: string;
  readonly receiver: string;
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  readonly muteTimings: readonly string[];
  readonly activeTimings: readonly string[];
}

/** The deepest policies that match; siblings after a match only when it has `continue`. */
export function destinationsOf(root: NotificationRoute, alert: Alert): Destination[] {
  const settings = alert.notificationSettings;
  if (settings)
    return [
      inherit(
        undefined,
        { ...settings, group_by: settings.group_by ?? ['grafana_folder', 'alertname'] },
        `rule:${alert.ruleUid}`,
      ),
    ];
  return walk(root, inherit(undefined, root, '0'), alert.labels);
}

function walk(route: NotificationRoute, own: Destination, labels: Labels): Destination[] {
  const found: Destination[] = [];
  for (const [index, child] of (route.routes ?? []).entries()) {
    if (!(child.object_matchers ?? []).every((matcher) => matches(matcher, labels))) continue;
    found.push(...walk(child, inherit(own, child, `${own.path}/${index}`), labels));
    if (!child.continue) break;
  }
  return found.length > 0 ? found : [own];
}

function inherit(parent: Destination | undefined, route: NotificationRoute, path: string): Destination {
  const duration = (text: string | undefined, fallback: number): number =>
    text === undefined ? fallback : (parseDuration(text) ?? fallback);
  return {
    path,
    receiver: route.receiver || parent?.receiver || '',
    groupBy: route.group_by && route.group_by.length > 0 ? route.group_by : (parent?.groupBy ?? []),
    groupWaitMs: duration(route.group_wait, parent?.groupWaitMs ?? 30_000),
    groupIntervalMs: duration(route.group_interval, parent?.groupIntervalMs ?? 300_000),
    repeatIntervalMs: duration(route.repeat_interval, parent?.repeatIntervalMs ?? 4 * 3_600_000),
    // Timings are not inherited (Grafana documentation, "Mute timings").
    muteTimings: route.mute_time_intervals ?? [],
    activeTimings: route.active_time_intervals ?? [],
  };
}

export function matches([name, operator, value]: ObjectMatcher, labels: Labels): boolean {
  const actual = labels[name] ?? '';
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return anchored(value).test(actual);
    default:
      return !anchored(value).test(actual);
  }
}

/** `...` groups by all labels. */
export function groupLabels(destination: Destination, labels: Labels): Labels {
  if (destination.groupBy.includes('...')) return labels;
  return Object.fromEntries(
    destination.groupBy.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  );
}
