import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(__dirname, '..', '..');
const cache = path.join(root, 'node_modules', '.cache', 'grafana-observability', 'templates');

/** The files that `sls package` reads to write the template, without the functions' code. */
const inputs = ['serverless.yml', 'resources', 'params', 'statemachines', 'plugin', 'functions'] as const;
const linked = ['resources', 'params', 'statemachines', 'plugin', 'report', 'node_modules', 'package.json'];

/** One packaging: a stage, its `--param`s, and the text of services.yml, without which it lists none. */
export interface Variant {
  readonly name: string;
  readonly stage: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly services?: string;
}

/**
 * Packages each variant with the real framework and plugin, and returns the paths of the templates by variant's name.
 * Kept under a hash of everything that goes in, so that a second run with nothing changed packages nothing.
 *
 * The bundles of functions and service are left out: the template does not depend on them, and they have tests of their
 * own.
 */
export async function packageTemplates(variants: readonly Variant[]): Promise<Readonly<Record<string, string>>> {
  const directory = path.join(cache, await hashInputs());
  await mkdir(directory, { recursive: true });
  await forgetOlder(directory);
  const waiting = [...variants];
  const paths: Record<string, string> = {};
  const worker = async (): Promise<void> => {
    for (let variant = waiting.shift(); variant; variant = waiting.shift()) {
      const file = path.join(directory, `${fileName(variant)}.json`);
      paths[variant.name] = file;
      if (!(await exists(file))) await packageTemplate(variant, file);
    }
  };
  await Promise.all([worker(), worker()]);
  return paths;
}

async function packageTemplate(variant: Variant, file: string): Promise<void> {
  const mirror = await mkdtemp(path.join(tmpdir(), 'packaged-template-'));
  try {
    await prepareMirror(mirror);
    if (variant.services !== undefined) await writeFile(path.join(mirror, 'services.yml'), variant.services);
    const params = Object.entries(variant.params ?? {}).map(([name, value]) => `--param=${name}=${value}`);
    await runFramework(mirror, ['package', '--stage', variant.stage, ...params]);
    const template = path.join(mirror, '.serverless', 'cloudformation-template-update-stack.json');
    await writeFile(`${file}.${process.pid}`, await readFile(template));
    await rename(`${file}.${process.pid}`, file);
  } finally {
    await rm(mirror, { recursive: true, force: true });
  }
}

/**
 * A separate service directory without the bundling of code, so that the checkout's own `.serverless` is not changed.
 */
async function prepareMirror(mirror: string): Promise<void> {
  // A copy: the framework does not read its configuration by a link.
  await copyFile(path.join(root, 'serverless.yml'), path.join(mirror, 'serverless.yml'));
  for (const name of linked) await symlink(path.join(root, name), path.join(mirror, name));
  for (const name of ['service', 'functions']) await mkdir(path.join(mirror, name));
  for (const name of await readdir(path.join(root, 'functions')))
    if (name !== 'build.cjs') await symlink(path.join(root, 'functions', name), path.join(mirror, 'functions', name));
  await writeFile(
    path.join(mirror, 'service', 'build.cjs'),
    "exports.buildService = async ({ outfile }) => require('node:fs').writeFileSync(outfile, 'not bundled');\n",
  );
  await writeFile(
    path.join(mirror, 'functions', 'build.cjs'),
    "exports.buildFunctions = async ({ handlers }) => new Map(handlers.map((name) => [name, Buffer.from('not bundled')]));\n",
  );
}

/** Runs `sls` offline, without credentials and without the user's AWS settings. */
export async function runFramework(directory: string, args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AWS_|SLS_|LOCAL_|NODE_OPTIONS|JEST_)/.test(name)),
  );
  const bin = path.join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const node = path.join(root, 'node_modules', '.bin', 'node');
  try {
    const { stdout, stderr } = await promisify(execFile)(node, [bin, ...args], {
      cwd: directory,
      env: { ...env, AWS_EC2_METADATA_DISABLED: 'true', CI: '1' },
      maxBuffer: 64 << 20,
    });
    return stdout + stderr;
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`sls ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause });
  }
}

function fileName(variant: Variant): string {
  const params = createHash('sha256').update(JSON.stringify([variant.stage, variant.params ?? {}, variant.services]));
  return `${variant.name}-${params.digest('hex').slice(0, 12)}`;
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await listInputs())
    hash
      .update(file)
      .update('\0')
      .update(await readFile(path.join(root, file)));
  return hash.digest('hex').slice(0, 24);
}

async function listInputs(): Promise<readonly string[]> {
  const files: string[] = ['package-lock.json'];
  for (const input of inputs) {
    if (input === 'serverless.yml') files.push(input);
    else
      files.push(...(await readdir(path.join(root, input), { recursive: true })).map((name) => path.join(input, name)));
  }
  const relevant = files.filter(
    (file) => /\.(ya?ml|js|json)$/.test(file) || (/^(plugin|params)/.test(file) && file.endsWith('.ts')),
  );
  return relevant.sort();
}

async function forgetOlder(current: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const directory = path.join(cache, name);
    if (directory !== current) await rm(directory, { recursive: true, force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  );
}
