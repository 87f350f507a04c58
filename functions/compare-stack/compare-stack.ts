import type { Alarms, Schedules } from '../domain/automation';
import {
  COMPARED_TYPES,
  type ComparedType,
  type DeclaredResource,
  type DeployedStack,
  type LogGroups,
  type Settings,
} from '../domain/deployed-stack';
import type { Ecs } from '../domain/ecs';
import type { StepResult } from '../domain/results';
import { revertDrift } from '../domain/revert-drift';
import { differences, isCompared } from './differences';

/**
 * Compares log groups, alarms, rules and services with the deployed template. A deployment of the same template changes
 * nothing, so what somebody deleted or changed by hand stays so until CloudFormation is told to look. Returns drift to a
 * verification; a setup goes on and tells it.
 */
export async function compareStack(
  { verifyOnly }: { readonly verifyOnly: boolean },
  deps: {
    readonly deployed: DeployedStack;
    readonly logGroups: LogGroups;
    readonly alarms: Alarms;
    readonly schedules: Schedules;
    readonly ecs: Ecs;
    readonly stackName: string;
  },
): Promise<StepResult> {
  const { alarms, deployed, ecs, logGroups, schedules, stackName } = deps;
  const read: Readonly<Record<ComparedType, (ids: readonly string[]) => Promise<Settings>>> = {
    'AWS::Logs::LogGroup': (ids) => logGroups.settings(ids),
    'AWS::CloudWatch::Alarm': (ids) => alarms.settings(ids),
    'AWS::Events::Rule': (ids) => schedules.settings(ids),
    'AWS::ECS::Service': (ids) => ecs.settings(ids),
  };
  const [all, physicalIds] = await Promise.all([deployed.declared(), deployed.physicalIds()]);
  const declared = all.filter((one): one is DeclaredResource & { readonly type: ComparedType } => isCompared(one.type));
  const found: string[] = [];
  for (const type of COMPARED_TYPES) {
    const ofType = declared.filter((one) => one.type === type);
    const ids = ofType.flatMap(({ logicalId }) => physicalIds.get(logicalId) ?? []);
    // Without names CloudWatch would return every alarm of the account.
    const actual: Settings = ids.length > 0 ? await read[type](ids) : new Map();
    for (const one of ofType)
      found.push(...differences(one, physicalIds, actual.get(physicalIds.get(one.logicalId) ?? '')));
  }
  if (found.length === 0)
    return { outcome: 'unchanged', detail: `${declared.length} resources are as the template declares them` };
  const detail = `${found.join('; ')}. ${revertDrift(stackName)}`;
  return verifyOnly
    ? { outcome: 'drifted', detail }
    : { outcome: 'done', detail: `not as the template declares it: ${detail}` };
}
