import { fromEnv } from '@aws-sdk/credential-provider-env';

/** Replaces the SDK's default credential chain in the bundles (functions/esbuild-plugins.cjs). */
export const defaultProvider = () => fromEnv();
