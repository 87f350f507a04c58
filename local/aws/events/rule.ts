import { randomUUID } from 'node:crypto';
import type { JsonObject, Kernel } from '../../kernel/contracts';
import { matchesPattern } from './pattern';
import { startSchedule } from './schedule';
import { type InputOptions, targetInput } from './target-input';

export interface RuleTarget extends InputOptions {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string | undefined;
  readonly DeadLetterConfig?: { readonly Arn?: string | undefined } | undefined;
}

export interface RuleSettings {
  readonly description: string;
  readonly scheduleExpression: string | undefined;
  readonly eventPattern: JsonObject | undefined;
  readonly targets: readonly RuleTarget[];
}

/** Delivers an input to a target. Throws when the target refuses it or does not exist. */
export type Deliver = (target: RuleTarget, input: string, rule: Rule) => void;

/** A rule of the default event bus. */
export class Rule {
  private running: AbortController | undefined;

  constructor(
    private readonly kernel: Kernel,
    readonly name: string,
    readonly arn: string,
    public settings: RuleSettings,
    private readonly deliver: Deliver,
  ) {}

  get enabled(): boolean {
    return this.running !== undefined;
  }

  enable(): void {
    if (this.running !== undefined) return;
    const running = new AbortController();
    const { scheduleExpression } = this.settings;
    if (scheduleExpression !== undefined) {
      const signal = AbortSignal.any([running.signal, this.kernel.closing]);
      startSchedule(scheduleExpression, () => this.fire(this.scheduledEvent()), signal);
    }
    this.running = running;
  }

  disable(): void {
    this.running?.abort();
    this.running = undefined;
  }

  /** Delivers an event of the bus to the targets if the rule is enabled and its pattern matches. */
  offer(event: JsonObject): void {
    const { eventPattern } = this.settings;
    if (this.enabled && eventPattern !== undefined && matchesPattern(eventPattern, event)) this.fire(event);
  }

  private fire(event: JsonObject): void {
    for (const target of this.settings.targets) {
      const started = performance.now();
      let error: string | undefined;
      try {
        this.deliver(target, targetInput(target, event, this), this);
      } catch (thrown) {
        const lost =
          target.DeadLetterConfig?.Arn === undefined
            ? 'the event is lost'
            : `dead letter for ${target.DeadLetterConfig.Arn}`;
        error = `${(thrown as Error).name}: ${(thrown as Error).message} (${lost})`;
      }
      this.kernel.journal({
        service: 'events',
        operation: 'InvokeTarget',
        method: 'POST',
        path: `${this.name} → ${target.Arn}`,
        principal: 'events.amazonaws.com',
        status: error === undefined ? 200 : 400,
        ms: Math.round(performance.now() - started),
        ...(error === undefined ? {} : { error }),
      });
    }
  }

  private scheduledEvent(): JsonObject {
    return {
      ...envelope(this.kernel),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: [this.arn],
      detail: {},
    };
  }
}

/** The members that EventBridge sets on every event. */
export function envelope({ accountId, now, region }: Kernel): JsonObject {
  const time = now()
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');
  return { version: '0', id: randomUUID(), account: accountId, time, region };
}
