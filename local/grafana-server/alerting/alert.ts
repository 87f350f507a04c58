import { createHash } from 'node:crypto';
import type { NotificationSettings } from './model';

export type Labels = Readonly<Record<string, string>>;

/** An alert in the Alertmanager's form, firing or resolved. */
export interface Alert {
  readonly fingerprint: string;
  readonly ruleUid: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number;
  readonly endsAt: number | undefined;
  readonly values: Readonly<Record<string, number>>;
  readonly notificationSettings: NotificationSettings | null;
}

export function fingerprint(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([left], [right]) => left.localeCompare(right));
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex').slice(0, 16);
}
