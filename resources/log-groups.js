const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const folder = join(__dirname, '..', 'functions');

/** The framework's logical id of a function's log group: `take-lock` → `TakeLockLogGroup`. */
const ofFunctions = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, 'function.yml')))
  .map((name) => `${name.replace(/(^|-)([a-z])/g, (_, _dash, letter) => letter.toUpperCase())}LogGroup`);

const ofTasks = ['DataProcessorLogGroup', 'ScraperLogGroup', 'LokiLogGroup', 'TempoLogGroup', 'InitLogGroup'];
const vended = ['SetupLogGroup', 'TeardownLogGroup', 'PrometheusLogGroup'];

/**
 * The log groups that the workspace may read, each by its own ARN: `/aws/lambda/<stack>-*` would also be those of a stage whose name
 * begins with this one's. A test holds the list to the template.
 */
module.exports = {
  readable: () => [...ofTasks, ...ofFunctions, ...vended].map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })),
};
