/**
 * The arguments with `attach checkout` as `attach --name checkout`: the framework has no positional arguments, and reads
 * the command line again once the plugins are there.
 */
export function withPositionalName(argv: readonly string[]): string[] {
  const [node = '', script = '', verb, name, ...rest] = argv;
  const isPositional = verb === 'attach' && name !== undefined && !name.startsWith('-');
  return isPositional ? [node, script, verb, '--name', name, ...rest] : [...argv];
}
