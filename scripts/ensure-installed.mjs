// Runs before `npm start` and `npm test`, on any Node and without dependencies. It checks that the locked packages are
// installed and installs missing ones, so that each command works alone in a fresh clone. If it cannot, it prints what
// is missing and the remedy, and exits with 1.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const modules = join(root, 'node_modules');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old to install this project: it needs 20.19 or newer (nodejs.org), and brings the Node 24 that it runs on.`,
  );
}

if (missingPackages().length > 0) {
  console.log('Installing the locked dependencies (npm ci), once …');
  // With NODE_ENV=production npm would leave out the tools that this command needs.
  npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  const missing = missingPackages();
  if (missing.length > 0)
    fail(`npm ci left out ${listed(missing)}. Run \`npm ci --include=dev\` and look at what it says.`);
}
// The package's install script brings the program. It does not run if npm is set to ignore scripts.
if (!runsNode24(process.execPath) && !runsNode24(localNode())) {
  console.log('Installing Node 24 for this project (the install script of the package "node"), once …');
  npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (!runsNode24(localNode()))
    fail(
      `This project runs on Node 24, and neither this machine's Node (${process.versions.node}) nor ${localNode()} is one. Run \`npm rebuild node --ignore-scripts=false\`, or install Node 24 (nodejs.org).`,
    );
}

/** The locked packages that are not there in the locked version; npm writes what it installed to node_modules/.package-lock.json. */
function missingPackages() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const there = packagesOf(join(modules, '.package-lock.json'));
  return Object.entries(wanted)
    .filter(
      ([path, { optional, devOptional, link }]) =>
        path.startsWith('node_modules/') && !optional && !devOptional && !link,
    )
    .filter(([path, { version }]) => there[path]?.version !== version || !existsSync(join(root, path, 'package.json')))
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return {};
    throw error;
  }
}

function localNode() {
  return join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function runsNode24(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(stdout ?? '')?.[1]) >= 24;
}

/** Runs npm in the repository; ends this process when it fails. */
function npm(args) {
  const { status, error } = spawnSync('npm', args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ...cache() },
  });
  if (status === 0) return;
  const why = error ? `: ${error.message}` : '';
  fail(
    `npm ${args[0]} failed${why}. Run \`npm ${args.join(' ')}\` by hand to see why, then repeat the command.`,
    status ?? 1,
  );
}

/** npm's cache is in the home directory, which may be read-only in a container or CI. */
function cache() {
  const given = process.env.npm_config_cache;
  const place = given ?? join(homedir(), '.npm');
  try {
    accessSync(existsSync(place) ? place : dirname(place), constants.W_OK);
    return {};
  } catch {
    const instead = mkdtempSync(join(tmpdir(), 'npm-cache-'));
    console.log(`${place} cannot be written: npm's cache is in ${instead} this time.`);
    return { npm_config_cache: instead };
  }
}

function listed(names) {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

function fail(message, code = 1) {
  console.error(message);
  process.exit(code);
}
