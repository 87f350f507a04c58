import { z } from 'zod';
import {
  AwsError,
  type JsonObject,
  type Kernel,
  type ResourceHandler,
  type ResourceRequest,
} from '../../kernel/contracts';
import { cfnTags, generatedName, parseProperties, recorded } from '../cfn-values';
import { checkPattern } from './pattern';
import { type Deliver, Rule } from './rule';

/** The target types of the local cloud, by the service in their ARN. */
const TARGETS = /^arn:[\w-]+:(lambda|states|sns):/;

const properties = z.strictObject({
  Description: z.string().default(''),
  EventBusName: z.literal('default').optional(),
  EventPattern: z.record(z.string(), z.unknown()).optional(),
  Name: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,64}$/)
    .optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Tags: cfnTags,
  Targets: z
    .array(
      z.strictObject({
        Arn: z.string().regex(TARGETS, 'the local cloud knows Lambda, Step Functions and SNS targets only'),
        DeadLetterConfig: z.strictObject({ Arn: z.string().optional() }).optional(),
        Id: z.string(),
        Input: z.string().optional(),
        InputPath: z.string().optional(),
        InputTransformer: z
          .strictObject({ InputPathsMap: z.record(z.string(), z.string()).default({}), InputTemplate: z.string() })
          .optional(),
        RetryPolicy: recorded,
        RoleArn: z.string().optional(),
      }),
    )
    .max(5)
    .default([]),
});

export function ruleResource(kernel: Kernel, rules: Map<string, Rule>, deliver: Deliver): ResourceHandler {
  const build = (request: ResourceRequest, name: string) => {
    const given = parseProperties(properties, request);
    const { EventPattern, ScheduleExpression, Targets } = given;
    if ((EventPattern === undefined) === (ScheduleExpression === undefined)) {
      throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
    }
    if (EventPattern !== undefined) checkPattern(EventPattern as JsonObject);
    for (const { Arn, Id, RoleArn } of Targets) {
      if (!Arn.includes(':states:') || RoleArn !== undefined) continue;
      throw new AwsError('ValidationException', `RoleArn is required for target ${Arn} (${Id}).`);
    }
    const arn = `arn:${kernel.partition}:events:${kernel.region}:${kernel.accountId}:rule/${name}`;
    const settings = {
      description: given.Description,
      scheduleExpression: ScheduleExpression,
      eventPattern: EventPattern as JsonObject | undefined,
      targets: Targets,
    };
    const rule = new Rule(kernel, name, arn, settings, deliver);
    if (given.State === 'ENABLED') rule.enable();
    rules.get(name)?.disable();
    rules.set(name, rule);
    return { physicalId: name, attributes: { Arn: arn } };
  };
  return {
    create: async (request) => {
      const name = parseProperties(properties, request).Name ?? generatedName(request);
      if (rules.has(name)) throw new AwsError('AlreadyExistsException', `${name} already exists`);
      return build(request, name);
    },
    update: async (request) => {
      const wanted = request.properties['Name'];
      return build(request, typeof wanted === 'string' ? wanted : (request.physicalId ?? generatedName(request)));
    },
    delete: async ({ physicalId = '' }) => {
      rules.get(physicalId)?.disable();
      rules.delete(physicalId);
    },
    restore: async (request) => void build(request, request.physicalId ?? ''),
  };
}
