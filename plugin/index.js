// The Serverless Framework loads plugins by require; tsx lets it load the TypeScript as it is.
require('tsx/cjs/api').register();
module.exports = require('./plugin.ts').GrafanaObservabilityPlugin;
