import type { Cloud } from '../cloud/contracts';
import type { JsonObject, OutputValue } from '../kernel/contracts';

/** Outcomes of a step that changed something or found a difference. */
const changing = new Set(['added', 'updated', 'removed', 'drifted', 'failed']);

/** The steps of the last setup execution that changed anything, as problems to print. */
export async function changedSteps(cloud: Cloud): Promise<readonly string[]> {
  const { deployer } = cloud.kernel;
  const machine = cloud.cloudFormation.stacks
    .active()
    .flatMap((stack) => stack.outputs)
    .find(({ key }) => key === 'SetupStateMachineArn')?.value;
  if (machine === undefined) return ['no stack has the output SetupStateMachineArn'];
  const call = (operation: string, input: JsonObject) => cloud.kernel.call('states', operation, input, deployer);
  const { executions } = await call('ListExecutions', { stateMachineArn: machine });
  const [newest] = Array.isArray(executions) ? (executions as readonly { readonly executionArn: string }[]) : [];
  if (newest === undefined) return ['the setup state machine has no execution'];
  const { output } = await call('DescribeExecution', { executionArn: newest.executionArn });
  return findChanging(JSON.parse(String(output)), '$');
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
