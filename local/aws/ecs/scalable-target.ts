import { z } from 'zod';
import { AwsError, type ResourceHandler, type ResourceRequest } from '../../kernel/contracts';
import { cfnNumber, parseProperties, recorded } from '../cfn-values';
import type { EcsStore } from './store';

const targetProperties = z.strictObject({
  MaxCapacity: cfnNumber,
  MinCapacity: cfnNumber,
  ResourceId: z.string().regex(/^service\/[^/]+\/[^/]+$/, 'must be service/<cluster>/<service>'),
  RoleARN: recorded,
  ScalableDimension: z.literal('ecs:service:DesiredCount'),
  ScheduledActions: recorded,
  ServiceNamespace: z.literal('ecs'),
  SuspendedState: recorded,
});

/**
 * AWS::ApplicationAutoScaling::ScalableTarget of an ECS service. Registering it brings the service between its bounds
 * (aws-facts: minimum-capacity); no alarm scales it afterwards.
 */
export function scalableTargetResource(store: EcsStore): ResourceHandler {
  const register = async (request: ResourceRequest) => {
    const target = parseProperties(targetProperties, request);
    const { MaxCapacity, MinCapacity, ResourceId } = target;
    if (MinCapacity > MaxCapacity) {
      throw new AwsError('ValidationException', 'Minimum capacity cannot be greater than maximum capacity');
    }
    const service = store.scalableService(ResourceId);
    if (service?.status !== 'ACTIVE') {
      throw new AwsError('ValidationException', `ECS service doesn't exist: ${ResourceId}`);
    }
    const { desiredCount } = service.settings;
    // A desired count of 0 stays 0: it switches the service off in spite of autoscaling.
    const wanted = desiredCount === 0 ? 0 : Math.min(Math.max(desiredCount, MinCapacity), MaxCapacity);
    if (wanted !== desiredCount) service.scale(wanted);
    const id = [ResourceId, target.ScalableDimension, target.ServiceNamespace].join('|');
    return { physicalId: id, attributes: { Id: id } };
  };
  return { create: register, update: register, delete: async () => undefined };
}
