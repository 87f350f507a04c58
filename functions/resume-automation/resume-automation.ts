import type { Alarms, RuleState, Schedules } from '../domain/automation';
import type { StepResult } from '../domain/results';

/**
 * Sets the scheduled rules to the states of the parameters and enables the alarms' actions. An interrupted removal has
 * disabled them, and CloudFormation does not restore them while the template stays the same. A missing rule or alarm is
 * left to the deployment.
 */
export async function resumeAutomation(
  { verifyOnly }: { readonly verifyOnly: boolean },
  deps: {
    readonly schedules: Schedules;
    readonly alarms: Alarms;
    readonly rules: Readonly<Record<string, RuleState>>;
    /** Names of the alarms. */
    readonly names: readonly string[];
  },
): Promise<StepResult> {
  const { alarms, names, rules, schedules } = deps;
  const differing: string[] = [];
  for (const [rule, wanted] of Object.entries(rules)) {
    const state = await schedules.state(rule);
    if (state === undefined || state === wanted) continue;
    differing.push(`rule ${rule}: ${state} instead of ${wanted}`);
    if (verifyOnly) continue;
    if (wanted === 'ENABLED') await schedules.enable(rule);
    else await schedules.disable(rule);
  }
  const present = await alarms.list(names);
  const silent = present.filter(({ actionsEnabled }) => !actionsEnabled).map(({ name }) => name);
  if (silent.length > 0) {
    differing.push(`alarms without actions: ${silent.join(', ')}`);
    if (!verifyOnly) await alarms.enableActions(silent);
  }
  if (differing.length > 0) return { outcome: verifyOnly ? 'drifted' : 'updated', detail: differing.join('; ') };
  const states = Object.entries(rules).map(([rule, state]) => `${rule} ${state}`);
  return { outcome: 'unchanged', detail: `${states.join(', ')}; ${present.length} alarms armed` };
}
