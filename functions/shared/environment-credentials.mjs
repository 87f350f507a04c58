import { fromEnv } from '@aws-sdk/credential-provider-env';

/** Takes the place of the SDK's default credential chain in the bundles (functions/esbuild-plugins.cjs). */
export const defaultProvider = () => fromEnv();
