/**
 * Applies the official instrumentations by hand. They hook into `require`, which a bundle does not call; their module
 * definitions are public for this case (docs/decisions/bundle-instrumentation.md).
 */
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import express from 'express';

/**
 * The Express instrumentation, applied. Call once, before an app is built. HTTP and S3 spans: server-span.ts,
 * client-span.ts, storage/s3-span.ts.
 */
export function instrumentations(): Instrumentation[] {
  const web = new ExpressInstrumentation(expressConfig);
  patch(web, 'express', express);
  return [web];
}

const expressConfig = {
  enabled: false,
  ignoreLayersType: [ExpressLayerType.MIDDLEWARE, ExpressLayerType.ROUTER],
} satisfies ConstructorParameters<typeof ExpressInstrumentation>[0];

interface Patchable {
  readonly instrumentationName: string;
  getModuleDefinitions(): readonly {
    readonly name: string;
    readonly patch?: ((exports: never) => unknown) | undefined;
  }[];
}

function patch(instrumentation: Patchable, module: string, exports: object): void {
  const definition = instrumentation.getModuleDefinitions().find(({ name }) => name === module);
  if (definition?.patch === undefined) {
    throw new Error(
      `${instrumentation.instrumentationName} no longer patches ${module}; see docs/decisions/bundle-instrumentation.md.`,
    );
  }
  definition.patch(exports as never);
}
