/** AWS Lambda's limit, the tightest of those that a name with the stage in it meets (tests/template/limits.test.ts looks at all of them). */
const functionNameLetters = 64;

/**
 * A sentence when AWS cannot have names with this stage in them; undefined when it can. Without it the stage would fail halfway through
 * its first deployment, at the function with the longest name. The framework itself refuses letters that no name may have.
 */
export function stageError(stage: string, service: string, functions: readonly string[]): string | undefined {
  const longest = functions.reduce((one, other) => (other.length > one.length ? other : one), '');
  const room = functionNameLetters - `${service}--${longest}`.length;
  if (stage.length <= room) return undefined;
  return `Stage "${stage.slice(0, 100)}" has ${stage.length} letters; it may have ${room}. The name of a function may have ${functionNameLetters}, and ${service}-<stage>-${longest} would be longer.`;
}
