import { AwsError } from '../../kernel/contracts';

/** CloudFormation's error for a fault in the template. */
export function formatError(message: string): AwsError {
  return invalid(`Template format error: ${message}`);
}

/** CloudFormation's error for a fault in the request. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
