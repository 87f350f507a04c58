import { type IncomingMessage, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export interface HealthCheck {
  readonly path: string;
  /** `traffic-port`, or a container port. */
  readonly port: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** `200`, `200,202`, `200-299`. */
  readonly matcher: string;
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining';

/**
 * The address of a task: `port` is that of the target's process; `ports` are those of the task's processes by container
 * port.
 */
export interface TargetAddress {
  readonly id: string;
  readonly port: number;
  readonly ports: Readonly<Record<string, number>>;
}

/** Interval of the health checks of a target that is not healthy, ms. Short, so that a start is noticed at once. */
const EAGER_INTERVAL = 150;
/** Longest interval of the health checks of a healthy target, ms. A crash is then noticed before the usual 30 s. */
const LONGEST_INTERVAL = 2000;

export class Target {
  state: TargetState = 'initial';
  reason = 'Elb.RegistrationInProgress';
  description = 'Target registration is in progress';
  inFlight = 0;
  /** Called when the last request of a draining target has been answered. */
  onIdle: (() => void) | undefined;
  readonly gone = new AbortController();

  constructor(readonly address: TargetAddress) {}

  finished(): void {
    this.inFlight -= 1;
    if (this.inFlight === 0) this.onIdle?.();
  }
}

/** A target group of type ip with its health checks. */
export class TargetGroup {
  private readonly list: Target[] = [];
  private readonly listeners = new Set<(target: Target) => void>();
  private turn = 0;

  constructor(
    readonly arn: string,
    readonly name: string,
    readonly fullName: string,
    readonly port: number,
    public healthCheck: HealthCheck,
    public deregistrationDelaySeconds: number,
    private readonly closing: AbortSignal,
  ) {}

  get targets(): readonly Target[] {
    return this.list;
  }

  onChange(listener: (target: Target) => void): void {
    this.listeners.add(listener);
  }

  register(address: TargetAddress): Target {
    const target = new Target(address);
    this.list.push(target);
    void this.watch(target);
    return target;
  }

  /** Stops new requests. Resolves when those in flight are answered, at the latest after the deregistration delay. */
  async deregister(address: TargetAddress): Promise<void> {
    const target = this.list.find((candidate) => candidate.address === address);
    if (target === undefined) return;
    this.move(target, 'draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress');
    if (target.inFlight > 0) {
      const delay = wait(this.deregistrationDelaySeconds * 1000, undefined, { signal: this.closing, ref: false });
      await Promise.race([new Promise<void>((resolve) => (target.onIdle = resolve)), delay.catch(() => undefined)]);
    }
    target.gone.abort();
    this.list.splice(this.list.indexOf(target), 1);
  }

  /**
   * The next target, round robin over the healthy ones. If none is healthy, over all that are not draining (ALB "fails
   * open").
   */
  choose(): Target | undefined {
    const open = this.list.filter(({ state }) => state !== 'draining');
    const healthy = open.filter(({ state }) => state === 'healthy');
    const candidates = healthy.length > 0 ? healthy : open;
    this.turn += 1;
    return candidates[this.turn % candidates.length];
  }

  private async watch(target: Target): Promise<void> {
    const signal = AbortSignal.any([this.closing, target.gone.signal]);
    const registered = performance.now();
    let passed = 0;
    let failed = 0;
    while (!signal.aborted) {
      const { healthyThreshold, intervalSeconds, unhealthyThreshold } = this.healthCheck;
      const fault = await this.check(target, signal);
      if (signal.aborted || target.state === 'draining') return;
      passed = fault === undefined ? passed + 1 : 0;
      failed = fault === undefined ? 0 : failed + 1;
      // A newly registered target is healthy after one success; an unhealthy one needs the threshold.
      if (passed >= (target.state === 'initial' ? 1 : healthyThreshold)) this.move(target, 'healthy', '', '');
      // The short interval must not make a starting target unhealthy earlier than the template's interval would.
      const starting =
        target.state === 'initial' && performance.now() - registered < unhealthyThreshold * intervalSeconds * 1000;
      if (fault !== undefined && failed >= unhealthyThreshold && !starting) {
        this.move(target, 'unhealthy', fault.reason, fault.description);
      }
      const pause =
        target.state === 'healthy' && fault === undefined
          ? Math.min(intervalSeconds * 1000, LONGEST_INTERVAL)
          : EAGER_INTERVAL;
      await wait(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private move(target: Target, state: TargetState, reason: string, description: string): void {
    const changed = target.state !== state;
    Object.assign(target, { state, reason, description });
    if (changed) for (const listener of this.listeners) listener(target);
  }

  private async check(
    target: Target,
    signal: AbortSignal,
  ): Promise<{ reason: string; description: string } | undefined> {
    const { matcher, path, port, timeoutSeconds } = this.healthCheck;
    const actual = port === 'traffic-port' ? target.address.port : (target.address.ports[port] ?? Number(port));
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    try {
      const status = await statusOf(target.address.id, actual, path, AbortSignal.any([signal, timeout]));
      if (matches(matcher, status)) return undefined;
      return {
        reason: 'Target.ResponseCodeMismatch',
        description: `Health checks failed with these codes: [${status}]`,
      };
    } catch {
      if (timeout.aborted) return { reason: 'Target.Timeout', description: 'Request timed out' };
      return { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
    }
  }
}

function statusOf(host: string, port: number, path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' };
    const asked = request({ host, port, path, signal, headers, agent: false }, (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.once('error', reject);
    asked.end();
  });
}

function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [from = 0, to = from] = part.split('-').map(Number);
    return status >= from && status <= to;
  });
}
