import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const script = join(__dirname, '..', '..', '..', 'scripts', 'ensure-installed.mjs');
jest.setTimeout(120_000);

let root: string;
beforeEach(async () => {
  // A project with one tool among its development dependencies, from a file: npm needs no network for it.
  root = await mkdtemp(join(tmpdir(), 'ensure-installed-'));
  await mkdir(join(root, 'tool'));
  await writeFile(join(root, 'tool', 'package.json'), JSON.stringify({ name: 'tool', version: '1.0.0' }));
  npm('pack', './tool');
  await writeFile(
    join(root, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', devDependencies: { tool: 'file:tool-1.0.0.tgz' } }),
  );
  npm('install', '--package-lock-only', '--no-audit');
});
afterEach(() => rm(root, { recursive: true, force: true }));

function npm(...args: readonly string[]): void {
  execFileSync('npm', args, { cwd: root, stdio: 'pipe' });
}

/** Runs the script on this project; `before` is code that runs first. */
function ensure(environment: NodeJS.ProcessEnv = {}, before = ''): Promise<{ code: number; output: string }> {
  const args = [...(before ? ['--import', `data:text/javascript,${encodeURIComponent(before)}`] : []), script, root];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env: { ...process.env, ...environment } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}
const tool = () => join(root, 'node_modules', 'tool', 'package.json');

it.each([
  ['nothing is installed', {}],
  ['production leaves the tools out', { NODE_ENV: 'production', npm_config_omit: 'dev' }],
  ['scripts are off', { npm_config_ignore_scripts: 'true' }],
  ['the home directory cannot be written', { HOME: '/proc/nobody', npm_config_cache: undefined }],
])('installs the locked packages when %s, and nothing at the second run', async (_what, environment) => {
  const first = await ensure(environment);
  expect(first.output).toContain('Installing the locked dependencies (npm ci), once');
  expect(first.code).toBe(0);
  expect(existsSync(tool())).toBe(true);
  expect(await ensure(environment)).toEqual({ code: 0, output: '' });
});

it('finds a missing package, whatever the files’ dates', async () => {
  await ensure();
  await rm(join(root, 'node_modules', 'tool'), { recursive: true });
  expect((await ensure()).output).toContain('Installing');
  expect(existsSync(tool())).toBe(true);
});

it('refuses a Node that is too old to install the project, and names the versions that can', async () => {
  expect(await ensure({}, `Object.defineProperty(process.versions, 'node', { value: '18.20.8' })`)).toEqual({
    code: 1,
    output: expect.stringContaining('Node 18.20.8 is too old to install this project: it needs 20.19 or newer'),
  });
});

it('says that Node 24 is missing where npm does not bring it', async () => {
  const { code, output } = await ensure({}, `Object.defineProperty(process, 'execPath', { value: '/nowhere/node' })`);
  expect(output).toContain('Installing Node 24 for this project');
  expect(output).toMatch(/npm rebuild (?:node --ignore-scripts=false|failed)|This project runs on Node 24/);
  expect(code).toBe(1);
});
