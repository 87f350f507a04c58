/** The import rules of docs/architecture.md, "Modules and import rules". Run by `npm run imports`. */
const rooms = [
  ...['functions', 'service', 'plugin', 'local', 'report', 'grafana', 'params', 'resources', 'statemachines'],
  ...['scripts', 'bench'],
];

/** `room` may import its own files, packages, and the rooms in `allowed`. */
const only = (room, allowed) => ({
  name: `${room}-imports-only-what-it-may`,
  severity: 'error',
  comment: `${room}/ may import ${allowed.length > 0 ? allowed.map((name) => `${name}/`).join(', ') : 'no other room'} (docs/architecture.md).`,
  // Tests may take their examples from any room.
  from: { path: `^${room}/`, pathNot: '^local/tests/' },
  to: { path: `^(${[...rooms, 'tests'].filter((name) => name !== room && !allowed.includes(name)).join('|')})/` },
});

/** The same between the rooms of local/; only cli/ may import every one. */
const onlyInLocal = (room, allowed) => ({
  name: `local-${room}-imports-only-what-it-may`,
  severity: 'error',
  comment: `local/${room}/ may import ${allowed.length > 0 ? allowed.map((name) => `local/${name}`).join(', ') : 'no other room of local/'} (local/README.md).`,
  from: { path: `^local/${room}/` },
  to: { path: '^local/', pathNot: [room, ...allowed].map((name) => `^local/${name}(/|\\.ts$)`) },
});

/** What is started by its name: by Lambda, the Serverless Framework, npm, a container, or another process. */
const entries = [
  '^functions/[^/]+/handler\\.ts$',
  '^functions/(index\\.js|build\\.cjs)$',
  '^service/(main\\.ts|build\\.cjs)$',
  '^(plugin|params)/index\\.js$',
  '^local/cli/(main|rehearse)\\.ts$',
  '^local/engines/stand-ins/[^/]+/main\\.ts$',
  '^local/aws/(lambda/runtime|ecs/s3-cp)\\.cjs$',
  '^(scripts|bench)/[^/]+\\.(ts|cjs|mjs)$',
];

/** Put in the place of a package by service/build.cjs and functions/esbuild-plugins.cjs. */
const replacements = [
  '^service/(http/no-body-parser\\.ts|storage/no-default-credentials\\.ts|telemetry/no-exporter\\.cjs)$',
  '^functions/shared/environment-credentials\\.mjs$',
];

module.exports = {
  forbidden: [
    only('functions', ['report', 'grafana']),
    only('service', []),
    only('plugin', ['report', 'params']),
    only('local', ['report']),
    only('report', []),
    only('params', []),
    only('resources', ['functions', 'params']),
    only('scripts', ['report', 'local', 'params', 'plugin']),
    only('bench', ['service', 'functions', 'local']),
    onlyInLocal('kernel', []),
    onlyInLocal('engines', ['kernel']),
    onlyInLocal('grafana-server', ['kernel', 'engines']),
    onlyInLocal('aws', ['kernel', 'engines', 'grafana-server']),
    onlyInLocal('page', ['kernel', 'cloud/contracts']),
    onlyInLocal('cloud', ['kernel', 'engines', 'aws', 'page']),
    {
      name: 'domain-imports-nothing-outside-itself',
      severity: 'error',
      comment: 'functions/domain is pure: no package, no SDK, no other folder.',
      from: { path: '^functions/domain/' },
      to: { pathNot: '^functions/domain/' },
    },
    {
      name: 'report-is-pure',
      severity: 'error',
      comment: 'report/ runs in a Lambda, in the plugin and in the local cloud: nothing outside itself.',
      from: { path: '^report/' },
      to: { pathNot: '^report/' },
    },
    {
      name: 'adapters-import-only-domain',
      severity: 'error',
      from: { path: '^functions/adapters/' },
      to: { path: '^functions/', pathNot: '^functions/(adapters|domain)/' },
    },
    {
      name: 'only-handlers-build-adapters',
      severity: 'error',
      comment: 'Logic takes its dependencies as arguments: it may name an adapter as a type only.',
      from: { path: '^functions/', pathNot: '^functions/(adapters/|shared/|[^/]+/handler\\.ts$)' },
      to: { path: '^functions/adapters/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-step-imports-middy',
      severity: 'error',
      comment: 'Every handler is made by step() of functions/shared/step.ts.',
      from: { path: '^functions/', pathNot: '^functions/shared/step\\.ts$' },
      to: { path: '@middy' },
    },
    {
      name: 'functions-do-not-import-each-other',
      severity: 'error',
      from: { path: '^functions/([^/]+)/', pathNot: '^functions/(domain|adapters|shared)/' },
      to: { path: '^functions/', pathNot: '^functions/($1|domain|adapters|shared)/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(local/)?tests/' },
      to: { path: '^(local/)?tests/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'A file that imports nothing and that nothing imports is left over.',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.c?ts$',
          // Served to the browser, named by serverless.yml, or put by service/build.cjs in the place of a package.
          '^local/page/assets/',
          '^resources/',
          ...replacements,
        ],
      },
      to: {},
    },
    {
      name: 'every-file-is-used',
      severity: 'error',
      comment: 'What runs is reached from an entry; a file that only its tests import is left over.',
      from: { path: entries },
      to: {
        path: '^(functions|service|plugin|params|report|local)/',
        pathNot: ['^local/tests/', '\\.d\\.c?ts$', '^local/page/assets/', ...replacements, ...entries],
        reachable: false,
      },
    },
    {
      name: 'packages-are-declared',
      severity: 'error',
      comment: "A package that a file imports is in its own package's package.json.",
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'what-runs-needs-no-development-package',
      severity: 'error',
      comment: 'Only tests, scripts and the bench import devDependencies.',
      from: { path: '^(functions|service|plugin|params|report|local)/', pathNot: '^local/tests/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'imports-resolve', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(\\.serverless|\\.local)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.mts', '.js', '.cjs', '.mjs', '.json'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
