/** npm run test:stack: the whole stack deployed to a local cloud, then looked at and broken. Not part of npm test: the deploy takes most of a minute. */
const { projects, ...rest } = require('./jest.config');

const [unit] = projects;

module.exports = {
  ...rest,
  maxWorkers: 1,
  projects: [{ ...unit, displayName: 'stack', testMatch: ['<rootDir>/tests/stack/**/*.test.ts'] }],
};
