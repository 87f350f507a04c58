/**
 * Adds a space to each `--param="name="` of the command line. The framework rejects an empty value, which is the
 * default of many parameters, but it trims values, so that the space becomes an empty value.
 */
export function withEmptyParameters(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const isGiven = args[index - 1] === '--param' ? /^[^=]+=$/ : /^--param=[^=]+=$/;
    return isGiven.test(argument) ? `${argument} ` : argument;
  });
}
