/**
 * The official instrumentations, applied by hand. In a bundle nothing is loaded by `require`, so their own hooks never
 * fire; their module definitions are public for that case (docs/decisions/bundle-instrumentation.md).
 */
import { S3Client } from '@aws-sdk/client-s3';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import express from 'express';

/** Of the web framework and of S3, already applied. Call once, before an app is built. HTTP has its own spans: server-span.ts, client-span.ts. */
export function instrumentations(): Instrumentation[] {
  const web = new ExpressInstrumentation(expressConfig);
  const aws = new AwsInstrumentation({ enabled: false, suppressInternalInstrumentation: false });
  patch(web, 'express', express);
  patch(aws, '@smithy/smithy-client', { Client: Object.getPrototypeOf(S3Client) });
  return [web, aws];
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
