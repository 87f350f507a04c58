/** Packages that ship ES modules only: Jest's module system needs them as CommonJS. */
const esmOnly = ['@middy', 'aws-local-stepfunctions'];

// The same on every machine, whatever engines it has: `npm run test:real` is for the real ones.
process.env.LOCAL_BACKENDS ??= 'standin';

const project = (name, testMatch) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch,
  transform: {
    '^.+\\.(t|m?j)s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  // Their `exports` name no file for `require`.
  moduleNameMapper: { '^@middy/([a-z-]+)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  modulePathIgnorePatterns: ['<rootDir>/.serverless', '<rootDir>/.local', '<rootDir>/.esbuild'],
});

/** Where a project's tests are when it is not tests/<its name>. */
const places = {
  // The short form of `npm run test:faults` is among the everyday tests.
  verbs: ['<rootDir>/tests/verbs/**/*.test.ts', '<rootDir>/tests/faults/short/*.test.ts'],
  // local/tests/real is for `npm run test:real`.
  local: ['<rootDir>/local/tests/!(real)/**/*.test.ts'],
};

module.exports = {
  projects: ['unit', 'template', 'statemachine', 'service', 'verbs', 'local'].map((name) => ({
    ...project(name, places[name] ?? [`<rootDir>/tests/${name}/**/*.test.ts`]),
    // The template is packaged once for all of its tests.
    ...(name === 'template' && { globalSetup: '<rootDir>/tests/template/global-setup.ts' }),
  })),
  // One more than the cores of a small machine: the suites that start processes wait for them more than they compute.
  maxWorkers: 3,
  // A hang must end the run, a slow machine must not fail it.
  testTimeout: 60_000,
};
