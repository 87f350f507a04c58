import * as z from 'zod';

/** Comma-separated, at least one entry. */
export const list = z
  .string()
  .min(1)
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );

/** The workspace's subnets and security groups: two to six, one to five. aws-facts: amg-vpc-limits */
export const subnetIds = list.pipe(z.array(z.string()).min(2).max(6));
export const securityGroupIds = list.pipe(z.array(z.string()).min(1).max(5));

/** Comma-separated; an empty or missing value is an empty list. */
export const optionalList = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );
