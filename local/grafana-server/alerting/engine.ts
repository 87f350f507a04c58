/** Evaluates alert rules on their interval and notifies: pkg/services/ngalert/schedule. */
import type { WorkspaceState } from '../workspace-state';
import type { Alert } from './alert';
import { Dispatcher, type Notification } from './dispatcher';
import { evaluateRule } from './evaluate';
import type { AlertRule, ContactPoint } from './model';
import { publishToSns } from './notify-sns';
import type { Destination } from './routing';
import { alertsOf, nextState, type RuleState } from './rule-state';
import { inIntervals } from './time-intervals';

/** The last attempt to send to a contact point; `at` in milliseconds since 1970. */
export interface NotifyAttempt {
  readonly at: number;
  readonly ms: number;
  readonly error: string | undefined;
}

export class AlertEngine {
  private readonly states = new Map<string, RuleState>();
  /** The rule at its last evaluation, to resolve the alerts of a deleted or paused rule. */
  private readonly evaluated = new Map<string, AlertRule>();
  private readonly dispatcher: Dispatcher;
  private readonly attempts = new Map<string, NotifyAttempt>();
  private timer: NodeJS.Timeout | undefined;
  private busy: Promise<void> | undefined;

  constructor(private readonly grafana: WorkspaceState) {
    this.dispatcher = new Dispatcher((notification, destination) => this.send(notification, destination));
  }

  start(): void {
    this.timer ??= setInterval(() => {
      this.tick().catch((error: unknown) => process.stderr.write(`local cloud: alert rules: ${String(error)}\n`));
    }, this.grafana.options.alertBaseIntervalMs);
  }

  /** A restart loses the Alertmanager's groups. The instances' states stay: Grafana keeps them in its database. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.dispatcher.clear();
  }

  /** Settles when the current round has ended. */
  async idle(): Promise<void> {
    await this.busy?.catch(() => undefined);
  }

  state(uid: string): RuleState | undefined {
    return this.states.get(uid);
  }

  /** `firing`, `pending` or `inactive`, as the Prometheus-compatible API names them. */
  stateOf(uid: string): 'firing' | 'pending' | 'inactive' {
    const instances = [...(this.states.get(uid)?.instances.values() ?? [])].map((instance) => instance.state);
    if (instances.some((state) => state === 'Alerting' || state === 'NoData' || state === 'Error')) return 'firing';
    return instances.includes('Pending') ? 'pending' : 'inactive';
  }

  alerts(): ReturnType<Dispatcher['alerts']> {
    return this.dispatcher.alerts();
  }

  /** The last attempt to send to the contact point with this UID; undefined when there was none since the start. */
  lastAttempt(uid: string): NotifyAttempt | undefined {
    return this.attempts.get(uid);
  }

  /** One round; rounds never overlap. */
  tick(): Promise<void> {
    this.busy ??= this.round().finally(() => {
      this.busy = undefined;
    });
    return this.busy;
  }

  private async round(): Promise<void> {
    const { alerting, options } = this.grafana;
    if (!options.configuration().unifiedAlerting.enabled) return;
    this.retire();
    for (const rule of alerting.rules()) {
      const at = options.now();
      const last = this.states.get(rule.uid)?.lastEvaluation;
      const changed = this.evaluated.get(rule.uid)?.updated !== rule.updated;
      if (
        rule.isPaused ||
        (!changed && last !== undefined && at - last < alerting.interval(rule.folderUID, rule.ruleGroup) * 1000)
      )
        continue;
      await this.evaluate(rule, at);
    }
    await this.dispatcher.flush(options.now());
  }

  private async evaluate(rule: AlertRule, at: number): Promise<void> {
    const started = performance.now();
    const outcome = await evaluateRule(this.grafana, rule, at);
    const before = this.states.get(rule.uid);
    const after = nextState(this.grafana, rule, before, outcome, at, performance.now() - started);
    this.states.set(rule.uid, after);
    this.evaluated.set(rule.uid, rule);
    this.dispatcher.put(this.grafana.alerting.policy, alertsOf(rule, before, after, at), at);
  }

  /** Resolves the alerts of deleted and paused rules. */
  private retire(): void {
    for (const [uid, rule] of this.evaluated) {
      const now = this.grafana.alerting.rule(uid);
      if (now && !now.isPaused) continue;
      const at = this.grafana.options.now();
      const gone: RuleState = {
        instances: new Map(),
        lastEvaluation: at,
        evaluationMs: 0,
        lastError: '',
        health: 'ok',
      };
      this.dispatcher.put(this.grafana.alerting.policy, alertsOf(rule, this.states.get(uid), gone, at), at);
      this.states.delete(uid);
      this.evaluated.delete(uid);
    }
  }

  private async send(notification: Notification, destination: Destination): Promise<boolean> {
    if (this.muted(destination)) return true;
    const points = this.grafana.alerting.contactPoints.filter((point) => point.name === notification.receiver);
    const sent = await Promise.all(points.map((point) => this.deliver(point, notification)));
    return sent.every(Boolean);
  }

  private muted(destination: Destination): boolean {
    const { muteTimings } = this.grafana.alerting;
    const within = (names: readonly string[]): boolean =>
      names.some((name) => inIntervals(muteTimings.get(name)?.time_intervals ?? [], this.grafana.options.now()));
    return (
      within(destination.muteTimings) || (destination.activeTimings.length > 0 && !within(destination.activeTimings))
    );
  }

  private async deliver(point: ContactPoint, notification: Notification): Promise<boolean> {
    const alerts: readonly Alert[] = point.disableResolveMessage
      ? notification.alerts.filter((alert) => alert.status === 'firing')
      : notification.alerts;
    if (alerts.length === 0) return true;
    const started = performance.now();
    const journal = (status: number, error?: string): void => {
      const ms = Math.round(performance.now() - started);
      this.attempts.set(point.uid, { at: this.grafana.options.now(), ms, error });
      this.grafana.options.journal({
        service: 'grafana-http',
        operation: 'notify',
        method: 'NOTIFY',
        path: `/contact-points/${point.name}/${point.type}`,
        status,
        ms,
        ...(error !== undefined && { error }),
      });
    };
    if (point.type !== 'sns') {
      // There is no mail server here. The journal records that nothing was sent.
      journal(501, `not sent: the Grafana stand-in has no ${point.type}`);
      return true;
    }
    try {
      await publishToSns(this.grafana, point, { ...notification, alerts });
      journal(200);
      return true;
    } catch (error) {
      journal(502, error instanceof Error ? error.message : String(error));
      return false;
    }
  }
}
