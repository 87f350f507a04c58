import { AwsError, type JsonObject, type OutputValue } from '../contracts';

/** A JSON request body as an object. Throws SerializationException, as the JSON protocols do. */
export function parseJsonBody(body: Buffer): JsonObject {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new AwsError('SerializationException', `The request body is not JSON: ${(error as Error).message}`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new AwsError('SerializationException', 'The request body is not a JSON object.');
  }
  return value as JsonObject;
}

/** JSON with timestamps as epoch seconds, which is the JSON protocols' default format. */
export function writeJson(output: OutputValue): string {
  return JSON.stringify(withEpochSeconds(output));
}

function withEpochSeconds(value: OutputValue): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(withEpochSeconds);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withEpochSeconds(member)]));
  }
  return value;
}
