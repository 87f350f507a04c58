import { AwsError } from '../../kernel/contracts';

/**
 * The rule of general purpose buckets: 3 to 63 of a-z, 0-9, . and -, no two dots together, no IPv4 address. Throws
 * InvalidBucketName.
 */
export function checkBucketName(name: string): void {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !/\.\.|^\d+\.\d+\.\d+\.\d+$/.test(name)) return;
  throw new AwsError('InvalidBucketName', `The specified bucket is not valid: ${name}`);
}
