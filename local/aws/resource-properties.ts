import { z } from 'zod';
import { AwsError, type ResourceRequest } from '../kernel/contracts';

/** CloudFormation passes numbers and booleans as text as readily as by themselves. */
export const cfnNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);
export const cfnBoolean = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
/** A property that the local cloud accepts and that changes nothing on a laptop. */
export const recorded = z.unknown().optional();
export const cfnTags = z.array(z.object({ Key: z.string(), Value: z.string() })).optional();

/** A resource's properties by its schema. Throws ValidationError, naming the resource and each property that is off. */
export function parseProperties<Schema extends z.ZodType>(schema: Schema, request: ResourceRequest): z.output<Schema> {
  const parsed = schema.safeParse(request.properties);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'Properties'}: ${issue.message}`);
  throw new AwsError(
    'ValidationError',
    `${request.type} ${request.logicalId}: ${faults.join('; ')}. Correct the template, or teach the local cloud this property.`,
  );
}
