import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  AwsError,
  type JsonObject,
  type Kernel,
  type ResourceHandler,
  type ResourceRequest,
} from '../../kernel/contracts';
import { cfnBoolean, cfnTags, parseProperties } from '../cfn-values';
import { checkDefinition } from './check-definition';
import { checkName, type MachineRegistry } from './registry';
import { checkMachineRole, logHistory, type MachineLogging, newRevisionId, type StateMachine } from './state-machine';

const properties = z.strictObject({
  Definition: z.record(z.string(), z.unknown()).optional(),
  DefinitionString: z.string().optional(),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  LoggingConfiguration: z
    .strictObject({
      Destinations: z
        .array(z.strictObject({ CloudWatchLogsLogGroup: z.strictObject({ LogGroupArn: z.string() }) }))
        .max(1)
        .default([]),
      IncludeExecutionData: cfnBoolean.default(false),
      Level: z.enum(['ALL', 'ERROR', 'FATAL', 'OFF']).default('OFF'),
    })
    .optional(),
  RoleArn: z.string(),
  StateMachineName: z.string().optional(),
  StateMachineType: z.literal('STANDARD').optional(),
  Tags: cfnTags,
  TracingConfiguration: z.strictObject({ Enabled: cfnBoolean.default(false) }).optional(),
});

export function stateMachineResource(kernel: Kernel, machines: MachineRegistry): ResourceHandler {
  const build = (request: ResourceRequest, name: string, previous?: StateMachine): StateMachine => {
    const given = parseProperties(properties, request);
    const document = readDocument(given, request);
    const logging = readLogging(given.LoggingConfiguration);
    checkMachineRole(kernel, given.RoleArn, logging);
    const { accountId, partition, region } = kernel;
    return {
      arn: `arn:${partition}:states:${region}:${accountId}:stateMachine:${name}`,
      name,
      roleArn: given.RoleArn,
      document,
      definition: checkDefinition(document),
      logging,
      tracing: given.TracingConfiguration?.Enabled ?? false,
      tags: given.Tags ?? Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value })),
      creationDate: previous?.creationDate ?? kernel.now(),
      revisionId: newRevisionId(),
      historyListeners: logHistory(kernel, logging),
    };
  };
  const result = (machine: StateMachine) => ({
    physicalId: machine.arn,
    attributes: { Arn: machine.arn, Name: machine.name, StateMachineRevisionId: machine.revisionId },
  });
  return {
    create: async (request) => {
      const machine = build(request, nameOf(request));
      if (machines.find(machine.arn) !== undefined) {
        throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${machine.arn}'`);
      }
      machines.set(machine);
      return result(machine);
    },
    update: async (request) => {
      const previous = machines.machine(request.physicalId ?? '');
      const wanted = request.properties['StateMachineName'];
      const machine = build(request, typeof wanted === 'string' ? wanted : previous.name, previous);
      machines.set(machine);
      return result(machine);
    },
    delete: (request) => machines.delete(request.physicalId ?? ''),
  };
}

function readDocument(given: z.output<typeof properties>, request: ResourceRequest): JsonObject {
  const text =
    given.DefinitionString ?? (given.Definition === undefined ? undefined : JSON.stringify(given.Definition));
  if (text === undefined) {
    throw new AwsError('ValidationError', `${request.logicalId} needs Definition or DefinitionString.`);
  }
  const substituted = text.replace(/\$\{([\w]+)\}/g, (whole, name: string) => {
    const value = given.DefinitionSubstitutions[name];
    return value === undefined ? whole : JSON.stringify(String(value)).slice(1, -1);
  });
  const missing = /\$\{(\w+)\}/.exec(substituted);
  if (missing !== null) {
    throw new AwsError(
      'InvalidDefinition',
      `${request.logicalId}: DefinitionSubstitutions has no value for ${missing[0]}.`,
    );
  }
  try {
    return JSON.parse(substituted) as JsonObject;
  } catch (error) {
    const reason = `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ${(error as Error).message}'`;
    throw new AwsError('InvalidDefinition', reason);
  }
}

function readLogging(given: z.output<typeof properties>['LoggingConfiguration']): MachineLogging {
  const arn = given?.Destinations[0]?.CloudWatchLogsLogGroup.LogGroupArn;
  const level = given?.Level ?? 'OFF';
  if (level !== 'OFF' && arn === undefined) {
    throw new AwsError(
      'InvalidLoggingConfiguration',
      'Invalid Logging Configuration: Must specify exactly one Log Destination.',
    );
  }
  if (arn !== undefined && !arn.endsWith(':*')) {
    throw new AwsError(
      'InvalidLoggingConfiguration',
      `Invalid Logging Configuration: Log Destination is not valid: ${arn} must end in :*`,
    );
  }
  const logGroup = arn === undefined ? undefined : /:log-group:(.+):\*$/.exec(arn)?.[1];
  return { level, includeExecutionData: given?.IncludeExecutionData ?? false, logGroup };
}

function nameOf(request: ResourceRequest): string {
  const wanted = request.properties['StateMachineName'];
  if (typeof wanted !== 'string') return `${request.logicalId.slice(0, 60)}-${randomBytes(6).toString('hex')}`;
  checkName(wanted);
  return wanted;
}
