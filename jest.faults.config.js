/**
 * npm run test:faults: everything that this project depends on, broken on purpose. Not part of npm test, which runs a short form of it
 * (tests/faults/short). A reporter prints how many faults were tried and survived, and keeps the table of docs/reliability.md.
 */
const { projects, ...rest } = require('./jest.config');

const [unit] = projects;

module.exports = {
  ...rest,
  maxWorkers: 2,
  projects: [{ ...unit, displayName: 'faults', testMatch: ['<rootDir>/tests/faults/*.test.ts'] }],
  testTimeout: 60_000,
};
