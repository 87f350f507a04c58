import type { ServiceModule } from '../../../local/kernel/contracts';

/** A stack's resource whose creation or deletion a test can hold, to keep the stack in the middle of an operation. */
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
    /** The next operation waits for `release`. */
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
