/**
 * AWS Lambda's limit on a name, the smallest of the limits on names that contain the stage
 * (tests/template/limits.test.ts checks all).
 */
const functionNameLetters = 64;

/**
 * A sentence when the stage's name makes AWS names too long; undefined otherwise. Otherwise the first deployment would
 * fail halfway, at the function with the longest name. The framework itself rejects invalid characters.
 */
export function stageError(stage: string, service: string, functions: readonly string[]): string | undefined {
  const longest = functions.reduce((one, other) => (other.length > one.length ? other : one), '');
  const room = functionNameLetters - `${service}--${longest}`.length;
  if (stage.length <= room) return undefined;
  return `Stage "${stage.slice(0, 100)}" has ${stage.length} letters; it may have ${room}. The name of a function may have ${functionNameLetters}, and ${service}-<stage>-${longest} would be longer.`;
}
