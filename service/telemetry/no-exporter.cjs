/**
 * Stands in, in the bundle, for what `@opentelemetry/sdk-node` could be told to use by environment variables (build.cjs lists it): NodeSDK
 * is given its processors, so that nobody makes one of these.
 */
module.exports = {};
