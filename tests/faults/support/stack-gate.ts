import type { ServiceModule } from '../../../local/kernel/contracts';

/** A resource of a stack whose creation or deletion takes as long as a test says: the stack is in the middle of it. */
export function stackGate() {
  let held: { reached(): void; readonly until: Promise<void> } | undefined;
  const pass = async () => {
    held?.reached();
    await held?.until;
  };
  const module: ServiceModule = {
    signingNames: [],
    handle: async () => {
      throw new Error('it has no operations');
    },
    resources: {
      'Test::Stack::Gate': {
        create: async ({ logicalId }) => {
          await pass();
          return { physicalId: logicalId };
        },
        update: async ({ logicalId }) => ({ physicalId: logicalId }),
        delete: pass,
      },
    },
  };
  return {
    module,
    resource: 'Gate: { Type: Test::Stack::Gate }',
    /** The next one that comes waits for `release`. */
    hold() {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held = { reached: reached.resolve, until: released.promise };
      return {
        reached: reached.promise,
        release() {
          held = undefined;
          released.resolve();
        },
      };
    },
  };
}
