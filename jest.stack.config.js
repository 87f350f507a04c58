/** npm run test:stack: the whole stack in a local cloud: its whole life as the README's commands run it, then looked at and broken. Not part of npm test: a deploy takes most of a minute. */
const { projects, ...rest } = require('./jest.config');

const [unit] = projects;

module.exports = {
  ...rest,
  maxWorkers: 1,
  projects: [{ ...unit, displayName: 'stack', testMatch: ['<rootDir>/tests/stack/**/*.test.ts'] }],
};
