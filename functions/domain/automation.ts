import type { Settings } from './deployed-stack';

/** EventBridge's scheduled rules and CloudWatch's alarms. */
export type RuleState = 'ENABLED' | 'DISABLED';

export interface Schedules {
  /** Undefined when there is no rule of this name. */
  state(rule: string): Promise<RuleState | undefined>;
  enable(rule: string): Promise<void>;
  disable(rule: string): Promise<void>;
  settings(rules: readonly string[]): Promise<Settings>;
}

export interface Alarms {
  /** The existing alarms of `names`, and whether their actions are enabled. */
  list(names: readonly string[]): Promise<readonly { readonly name: string; readonly actionsEnabled: boolean }[]>;
  enableActions(names: readonly string[]): Promise<void>;
  disableActions(names: readonly string[]): Promise<void>;
  settings(names: readonly string[]): Promise<Settings>;
}
