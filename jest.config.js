/**
 * Every suite is a project. `npm test` runs the everyday ones; the others take minutes and run when they are selected
 * by name:
 * - `npm run test:stack`: the whole stack in a local cloud, from deploy to removal by the README's commands, then
 *   broken on purpose.
 * - `npm run test:faults`: everything that this project depends on, broken on purpose; each state of the machines failed
 *   and interrupted; the command line in a hostile environment. A reporter prints how many faults were tried and
 *   survived, and keeps the table of docs/reliability.md.
 * - `npm run test:real`: the engines themselves, from `npm run backends`, *_BIN or PATH, and their contracts.
 */
const path = require('node:path');

/** Half a minute of CPU or more each: `npm run test:faults` runs them. */
const long = ['tests/statemachine/failures', 'tests/statemachine/interruption', 'tests/verbs/isolation'];

const everyday = {
  unit: ['tests/unit/**'],
  template: ['tests/template/**'],
  statemachine: ['tests/statemachine/**'],
  service: ['tests/service/**'],
  // The short form of `npm run test:faults` is among the everyday tests.
  verbs: ['tests/verbs/**', 'tests/faults/short'],
  local: ['local/tests/!(real)/**'],
};
const onDemand = {
  stack: ['tests/stack/**'],
  faults: ['tests/faults', ...long],
  real: ['tests/real/**', 'local/tests/real/**', 'local/tests/engines/contract/**'],
};

const selected = Object.keys(onDemand).filter((name) => process.argv.includes(name));

// Stand-ins on every machine, even if it has real engines, except in the suite `real`.
if (selected.includes('real')) process.env.LOCAL_BACKENDS = '';
else process.env.LOCAL_BACKENDS ??= 'standin';
// Many tests start the framework, functions and engines as processes of their own: they share their compiled code.
process.env.NODE_COMPILE_CACHE ??= path.join(__dirname, 'node_modules', '.cache', 'compiled');
if (selected.includes('faults'))
  process.env.FAULT_RESULTS ??= path.join(__dirname, '.local', 'faults', 'results.ndjson');

/** Packages that ship ES modules only: Jest's module system needs them as CommonJS. */
const esmOnly = ['@middy', 'aws-local-stepfunctions', 'get-port'];

const project = (name, places) => ({
  displayName: name,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: places.map((place) => `<rootDir>/${place}${long.includes(place) ? '' : '/*'}.test.ts`),
  testPathIgnorePatterns: name === 'faults' ? [] : long.map((file) => `/${file}\\.test\\.ts$`),
  transform: {
    '^.+\\.(t|m?j)s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  // Their `exports` name no file for `require`.
  moduleNameMapper: { '^@middy/([a-z-]+)$': '<rootDir>/node_modules/@middy/$1/index.js' },
  modulePathIgnorePatterns: ['<rootDir>/.serverless', '<rootDir>/.local'],
  // The template is packaged once for all of its tests.
  ...(name === 'template' && { globalSetup: '<rootDir>/tests/template/global-setup.ts' }),
});

module.exports = {
  projects: Object.entries({ ...everyday, ...onDemand })
    .filter(([name]) => name in everyday || selected.includes(name))
    .map(([name, places]) => project(name, places)),
  ...(selected.includes('faults') && { reporters: ['default', '<rootDir>/tests/faults/support/reporter.cjs'] }),
  // One more than the cores of a small machine, because suites that start processes mostly wait for them.
  maxWorkers: 3,
  // A hang must end the run, a slow machine must not fail it.
  testTimeout: 60_000,
};
