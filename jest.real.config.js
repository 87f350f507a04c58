/** npm run test:real: the engines themselves, from `npm run backends`, *_BIN or PATH. Not part of npm test: it takes minutes. */
const { projects, ...rest } = require('./jest.config');

const [unit] = projects;

module.exports = {
  ...rest,
  maxWorkers: 1,
  testTimeout: 120_000,
  projects: [{ ...unit, displayName: 'real', testMatch: ['<rootDir>/tests/real/**/*.test.ts'] }],
};
