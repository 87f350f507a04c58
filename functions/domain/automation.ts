/** What acts without being asked: the rules of EventBridge that run on a schedule, and the alarms of CloudWatch. */
export type RuleState = 'ENABLED' | 'DISABLED';

export interface Schedules {
  /** Undefined when there is no rule of this name. */
  state(rule: string): Promise<RuleState | undefined>;
  enable(rule: string): Promise<void>;
  disable(rule: string): Promise<void>;
}

export interface Alarms {
  /** Those of `names` that there are, and whether a change of their state tells anybody. */
  list(names: readonly string[]): Promise<readonly { readonly name: string; readonly actionsEnabled: boolean }[]>;
  enableActions(names: readonly string[]): Promise<void>;
  disableActions(names: readonly string[]): Promise<void>;
}
