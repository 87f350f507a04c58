const { folders, pascalCase } = require('../functions');

/** The framework's logical id of a function's log group: `take-lock` → `TakeLockLogGroup`. */
const ofFunctions = folders.map((folder) => `${pascalCase(folder)}LogGroup`);

const ofTasks = [
  'DataProcessorLogGroup',
  'ScraperLogGroup',
  'LokiLogGroup',
  'TempoLogGroup',
  'GatewayLogGroup',
  'InitLogGroup',
];
const arnOf = (id) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const vended = ['SetupLogGroup', 'TeardownLogGroup', 'PrometheusLogGroup'];

/**
 * The log groups that the workspace may read, each by its own ARN: `/aws/lambda/<stack>-*` would also match a stage
 * whose name begins with this one's. A test compares the list with the template.
 */
module.exports = {
  readable: () => [
    ...[...ofTasks, ...ofFunctions, ...vended].map(arnOf),
    { 'Fn::If': ['Scraping', arnOf('ServiceScraperLogGroup'), { Ref: 'AWS::NoValue' }] },
  ],
};
