/**
 * npm run test:faults: everything that this project depends on, broken on purpose. Not part of npm test, which runs a short form of it
 * (tests/faults/short). A reporter prints how many faults were tried and survived, and keeps the table of docs/reliability.md.
 */
process.env.FAULT_RESULTS ??= require('node:path').join(__dirname, '.local', 'faults', 'results.ndjson');
const { projects, ...rest } = require('./jest.config');

const [unit] = projects;

module.exports = {
  ...rest,
  maxWorkers: 2,
  projects: [{ ...unit, displayName: 'faults', testMatch: ['<rootDir>/tests/faults/*.test.ts'] }],
  reporters: ['default', '<rootDir>/tests/faults/support/reporter.cjs'],
  testTimeout: 60_000,
};
