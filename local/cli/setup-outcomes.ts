import type { Cloud } from '../cloud/contracts';
import type { JsonObject, Output, OutputValue } from '../kernel/contracts';

/** Outcomes of a step that changed something or found a difference. */
const changing = new Set(['added', 'updated', 'removed', 'drifted', 'failed']);

/** The steps of the last setup execution that changed anything, as problems to print. */
export async function changedSteps(cloud: Cloud): Promise<readonly string[]> {
  const execution = await lastSetup(cloud);
  return typeof execution === 'string' ? [execution] : findChanging(JSON.parse(String(execution['output'])), '$');
}

/** Error and cause of the last setup execution, as problems to print. Empty when it did not fail. */
export async function setupFailure(cloud: Cloud): Promise<readonly string[]> {
  const execution = await lastSetup(cloud);
  if (typeof execution === 'string' || execution['status'] !== 'FAILED') return [];
  return [`${String(execution['error'])}: ${String(execution['cause'])}`];
}

/** DescribeExecution of the newest setup execution, or why there is none. */
async function lastSetup(cloud: Cloud): Promise<Output | string> {
  const { deployer } = cloud.kernel;
  const machine = cloud.cloudFormation.stacks
    .active()
    .flatMap((stack) => stack.outputs)
    .find(({ key }) => key === 'SetupStateMachineArn')?.value;
  if (machine === undefined) return 'no stack has the output SetupStateMachineArn';
  const call = (operation: string, input: JsonObject) => cloud.kernel.call('states', operation, input, deployer);
  const { executions } = await call('ListExecutions', { stateMachineArn: machine });
  const [newest] = Array.isArray(executions) ? (executions as readonly { readonly executionArn: string }[]) : [];
  if (newest === undefined) return 'the setup state machine has no execution';
  return call('DescribeExecution', { executionArn: newest.executionArn });
}

function findChanging(value: OutputValue, path: string): readonly string[] {
  if (value === null || typeof value !== 'object' || value instanceof Date) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => findChanging(item, `${path}[${index}]`));
  const { outcome, detail } = value as JsonObject;
  const own =
    typeof outcome === 'string' && changing.has(outcome)
      ? [`${path}: ${outcome} (${String(detail ?? 'no detail')})`]
      : [];
  return [...own, ...Object.entries(value).flatMap(([name, member]) => findChanging(member, `${path}.${name}`))];
}
