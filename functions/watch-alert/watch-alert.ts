import type { Clock } from '../domain/clock';
import { AlertNotSeen } from '../domain/errors';
import type { Access, Grafana, GrafanaSession } from '../domain/grafana';
import type { CheckResult } from '../domain/results';
import { firstAllowed, secondWays } from '../domain/second-ways';
import { lastPublished } from './last-published';

export type AlertPhase = 'provoked' | 'firing' | 'sent';

export interface AlertWatched extends CheckResult {
  readonly phase: AlertPhase;
  /** ISO time of the first provoked error. */
  readonly since: string;
  /** ISO time of the last message that was sent before the alert resolved; empty until then. */
  readonly sentAt: string;
}

/** aws-facts: workspace-alert-state-routes */
const RULES = '/api/prometheus/grafana/api/v1/rules';
const RECEIVERS = '/api/alertmanager/grafana/config/api/v1/receivers';

interface Drill {
  /** Title of the rule that must fire. */
  readonly rule: string;
  readonly contactPoint: string;
}

/**
 * The rule is evaluated every minute and sees an error for two and a half minutes, and the policy waits 10 s: a few
 * minutes in all.
 */
const DEADLINE_MINUTES = 15;
/** SNS's metric may be some minutes late. */
const DEADLINE_BY_METRIC_MINUTES = 30;

/**
 * Checks once which phase the drill's alert has reached: firing, message sent, resolved, resolution sent. READY after
 * the last one. If the workspace refuses to show that, SNS's metric shows what arrived. Throws after the deadline.
 */
export async function watchAlert(
  { access, watched }: { readonly access: Access; readonly watched: Pick<AlertWatched, 'phase' | 'since' | 'sentAt'> },
  { session, clock, drill }: { readonly session: GrafanaSession; readonly clock: Clock; readonly drill: Drill },
): Promise<AlertWatched> {
  const since = new Date(watched.since);
  // Read before the rule's state: a message seen while the rule is "firing" cannot be the one about the resolution.
  const seen = await session(access, 'watch-alert', async (grafana) => {
    const sent = await firstAllowed(grafana, [
      { route: `GET ${RECEIVERS}`, run: () => lastSent(grafana, drill.contactPoint) },
      {
        route: "SNS's own metric (POST /api/ds/query)",
        run: () => lastPublished(grafana, drill.contactPoint, { from: since, to: clock.now() }),
      },
    ]);
    const state = await firstAllowed<string | undefined>(grafana, [
      { route: `GET ${RULES}`, run: () => ruleState(grafana, drill.rule) },
      { route: 'its messages', run: async () => undefined },
    ]);
    return { sent, state, told: secondWays(grafana) };
  });
  const { at, error } = seen.sent;
  const { state: alert, told: instead } = seen;
  const isSent = at !== undefined && at > since && !error;
  const phase = advance(watched.phase, alert, isSent);
  const isAfterFirst = watched.sentAt !== '' && at !== undefined && at > new Date(watched.sentAt);
  // If the rule's state is refused, a second message is the only sign of the resolution.
  const isResolved = phase === 'sent' && (alert === undefined ? isAfterFirst : alert === 'inactive');
  // The drill's errors trigger other rules too, and their messages go through the same contact point.
  const isStillFiring = phase === 'sent' && (!isResolved || watched.sentAt === '');
  const sentAt =
    isStillFiring && at && (alert !== undefined || watched.sentAt === '') ? at.toISOString() : watched.sentAt;
  const progress = { phase, since: watched.since, sentAt };
  const because = instead === '' ? '' : `; ${instead}`;
  // The policy delays the second message by its group_interval.
  if (isResolved && isSent && at > new Date(sentAt)) {
    const arrived = `"${drill.rule}" fired, was sent by ${drill.contactPoint}, has resolved, and that was sent too`;
    const twice = `messages arrived at the topic, the last one until ${at.toISOString()}; whether "${drill.rule}" has resolved could not be seen`;
    return {
      ...progress,
      status: 'READY',
      outcome: alert === undefined ? 'not-evaluated' : 'passed',
      detail: `${alert === undefined ? twice : arrived}${because}`,
    };
  }
  const told = error ? `not sent (${error})` : isResolved ? 'not sent as resolved yet' : isSent ? 'sent' : 'not sent';
  const state = `"${drill.rule}" is ${alert ?? 'not shown'}, ${told}${because}`;
  const minutes = because === '' ? DEADLINE_MINUTES : DEADLINE_BY_METRIC_MINUTES;
  if (clock.now().getTime() - since.getTime() > minutes * 60_000) throw new AlertNotSeen(state, minutes);
  return { ...progress, status: 'PENDING', outcome: 'pending', detail: state };
}

function advance(phase: AlertPhase, state: string | undefined, isSent: boolean): AlertPhase {
  if (phase === 'sent') return 'sent';
  if (state === undefined) return isSent ? 'sent' : 'provoked';
  const hasFired = phase === 'firing' || state === 'firing';
  if (!hasFired) return 'provoked';
  return isSent ? 'sent' : 'firing';
}

interface RuleGroups {
  readonly data?: {
    readonly groups?: readonly { readonly rules?: readonly { readonly name: string; readonly state: string }[] }[];
  };
}

async function ruleState(grafana: Grafana, title: string): Promise<string> {
  const { body } = await grafana.request('GET', RULES);
  const rules = ((body as RuleGroups).data?.groups ?? []).flatMap((group) => group.rules ?? []);
  return rules.find(({ name }) => name === title)?.state ?? 'not there';
}

interface Receiver {
  readonly name: string;
  readonly integrations?: readonly { readonly lastNotifyAttempt?: string; readonly lastNotifyAttemptError?: string }[];
}

/** Undefined `at`: nothing was sent yet. A restart of Grafana clears it. */
async function lastSent(
  grafana: Grafana,
  contactPoint: string,
): Promise<{ readonly at: Date | undefined; readonly error: string | undefined }> {
  const { body } = await grafana.request('GET', RECEIVERS);
  const integration = (body as readonly Receiver[]).find(({ name }) => name === contactPoint)?.integrations?.[0];
  return {
    at: integration?.lastNotifyAttempt === undefined ? undefined : new Date(integration.lastNotifyAttempt),
    error: integration?.lastNotifyAttemptError || undefined,
  };
}
