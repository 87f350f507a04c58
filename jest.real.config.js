/**
 * npm run test:real: the engines themselves, from `npm run backends`, *_BIN or PATH, and their contracts. Not part of npm test: it takes
 * minutes.
 */
process.env.LOCAL_BACKENDS = '';
const { projects, ...rest } = require('./jest.config');

const [unit] = projects;

module.exports = {
  ...rest,
  maxWorkers: 1,
  projects: [
    {
      ...unit,
      displayName: 'real',
      testMatch: [
        '<rootDir>/tests/real/**/*.test.ts',
        '<rootDir>/local/tests/real/**/*.test.ts',
        '<rootDir>/local/tests/engines/contract/**/*.test.ts',
      ],
    },
  ],
  testTimeout: 120_000,
};
