import type { Alarms, Schedules } from '../domain/automation';
import type { StepResult } from '../domain/results';

/**
 * Disables the scheduled rules and the alarms' actions: the removal stops what the tester calls, and that must raise no
 * alarm. A missing rule or alarm counts as paused.
 */
export async function pauseAutomation(
  _input: unknown,
  deps: {
    readonly schedules: Schedules;
    readonly alarms: Alarms;
    readonly rules: readonly string[];
    /** Names of the alarms. */
    readonly names: readonly string[];
  },
): Promise<StepResult> {
  const { alarms, names, rules, schedules } = deps;
  const paused: string[] = [];
  for (const rule of rules) {
    if ((await schedules.state(rule)) !== 'ENABLED') continue;
    await schedules.disable(rule);
    paused.push(`rule ${rule}`);
  }
  const armed = (await alarms.list(names)).filter(({ actionsEnabled }) => actionsEnabled).map(({ name }) => name);
  if (armed.length > 0) {
    await alarms.disableActions(armed);
    paused.push(`the actions of ${armed.length} alarms`);
  }
  return paused.length > 0
    ? { outcome: 'updated', detail: `disabled: ${paused.join(', ')}` }
    : { outcome: 'unchanged', detail: 'no schedule runs, and no alarm tells anybody' };
}
