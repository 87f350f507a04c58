import type { LambdaService } from '../../../local/aws/lambda';

/**
 * The functions of a cloud. One of them can be held, which keeps an execution in the middle of its work until the
 * release.
 */
export function functionGate({ invoker }: Pick<LambdaService, 'invoker'>) {
  const held = new Map<string, { reached(): void; readonly until: Promise<void> }>();
  const invokeAs = invoker.invokeAs.bind(invoker);
  invoker.invokeAs = async (principal, reference, ...rest) => {
    const gate = held.get(reference.split(':').at(-1) ?? '');
    gate?.reached();
    await gate?.until;
    return invokeAs(principal, reference, ...rest);
  };
  return {
    /** Every invocation of the function by a state machine waits for `release`. */
    hold(functionName: string) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held.set(functionName, { reached: reached.resolve, until: released.promise });
      return {
        reached: reached.promise,
        release() {
          held.delete(functionName);
          released.resolve();
        },
      };
    },
  };
}
