/** How the name of an execution begins that `sls diff` started to look at the workspace. */
export const diffPrefix = 'diff-';

/** Whether `sls diff` started the run: a look of its own, not the setup that a person asked for. */
export function startedByDiff({ execution }: { readonly execution: string }): boolean {
  return (execution.split(':').at(-1) ?? '').startsWith(diffPrefix);
}
