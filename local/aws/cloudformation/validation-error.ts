import { AwsError } from '../../kernel/contracts';

/** What is wrong with the template itself, in CloudFormation's words. */
export function formatError(message: string): AwsError {
  return invalid(`Template format error: ${message}`);
}

/** What is wrong with a request. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
