/**
 * The command line with a space behind each `--param="name="`. The framework takes no parameter without a value, though an empty one is the
 * default of many; it cuts spaces off the end of what it takes, and so comes to the empty value.
 */
export function withEmptyParameters(args: readonly string[]): string[] {
  return args.map((argument, index) => {
    const isGiven = args[index - 1] === '--param' ? /^[^=]+=$/ : /^--param=[^=]+=$/;
    return isGiven.test(argument) ? `${argument} ` : argument;
  });
}
