/**
 * Replaces, in the bundle, the modules that `@opentelemetry/sdk-node` selects by environment variables (build.cjs lists
 * them). NodeSDK gets its processors from the service, so none of them is used.
 */
module.exports = {};
