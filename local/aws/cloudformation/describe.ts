import type { Output } from '../../kernel/contracts';
import { isSecret } from './parameter-declarations';
import type { Stack, StackEvent } from './stack';

export function describeStack(stack: Stack): Output {
  const { deployment } = stack;
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: deployment.template.description === '' ? undefined : deployment.template.description,
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.disableRollback,
    EnableTerminationProtection: stack.terminationProtection,
    Capabilities: stack.capabilities,
    NotificationARNs: [],
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    Parameters: Object.entries(deployment.parameters).map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: isSecret(deployment.template.parameters[ParameterKey])
        ? '****'
        : Array.isArray(value)
          ? value.join(',')
          : String(value),
    })),
    Tags: Object.entries(deployment.tags).map(([Key, Value]) => ({ Key, Value })),
    Outputs: stack.outputs.map((output) => ({
      OutputKey: output.key,
      OutputValue: output.value,
      Description: output.description,
      ExportName: output.exportName,
    })),
  };
}

export function describeEvent(stack: Stack, event: StackEvent): Output {
  return {
    StackId: stack.id,
    StackName: stack.name,
    EventId: event.id,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.time,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
  };
}

/** A resource in one of the API's three shapes. */
export function describeResource(stack: Stack, logicalId: string, shape: 'detail' | 'resource' | 'summary'): Output {
  const resource = stack.resources.get(logicalId);
  if (resource === undefined) return {};
  const time = resource.updatedAt;
  return {
    ...(shape !== 'summary' && { StackId: stack.id, StackName: stack.name }),
    LogicalResourceId: logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.template.type,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
    ...(shape === 'resource' ? { Timestamp: time } : { LastUpdatedTimestamp: time }),
  };
}
