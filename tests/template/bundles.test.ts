import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { runFramework } from '../../scripts/template/package-templates';
import { expectNone } from './template';

const root = path.resolve(__dirname, '..', '..');
const tester = 30 * 1024;
/** The largest is verifySignal, which has the dashboards whose panels it queries. */
const other = 550 * 1024;

describe('the functions as `sls package` zips them', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'bundles-'));
  const unzipped = path.join(directory, 'unzipped');
  const files: { readonly name: string; readonly file: string; readonly bytes: number }[] = [];

  beforeAll(async () => {
    for (const name of [
      'resources',
      'params',
      'statemachines',
      'plugin',
      'functions',
      'report',
      'grafana',
      'node_modules',
      'package.json',
    ]) {
      symlinkSync(path.join(root, name), path.join(directory, name));
    }
    copyFileSync(path.join(root, 'serverless.yml'), path.join(directory, 'serverless.yml'));
    // The service's bundle has its own tests.
    mkdirSync(path.join(directory, 'service'));
    const builder = "exports.buildService = async ({ outfile }) => require('node:fs').writeFileSync(outfile, '');";
    writeFileSync(path.join(directory, 'service', 'build.cjs'), builder);
    await runFramework(directory, ['package', '--stage', 'dev']);
    for (const zip of readdirSync(path.join(directory, '.serverless')).filter((name) => name.endsWith('.zip'))) {
      const contents = Object.entries(unzipSync(readFileSync(path.join(directory, '.serverless', zip))));
      for (const [name, bytes] of contents) {
        const file = path.join(unzipped, zip, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, bytes);
        files.push({ name: zip.replace('.zip', ''), file, bytes: bytes.length });
      }
    }
  }, 120_000);

  afterAll(() => {
    const sizes = files.map(({ name, bytes }) => `${name} ${Math.ceil(bytes / 1024)}`).join(', ');
    process.stdout.write(`Bundles, KB unzipped: ${sizes}\n`);
    rmSync(directory, { recursive: true, force: true });
  });

  it('are one module each', () => {
    const folders = readdirSync(path.join(root, 'functions'), { recursive: true }).filter((name) =>
      String(name).endsWith('handler.ts'),
    );
    expect(files).toHaveLength(folders.length);
    expectNone(files.filter(({ file }) => !file.endsWith('/handler.mjs')).map(({ file }) => file));
  });

  it('have at most 550 KB unzipped, the tester 30 KB and no SDK', () => {
    expectNone(
      files
        .filter(({ name, bytes }) => bytes > (name === 'tester' ? tester : other))
        .map(({ name, bytes }) => `${name}: ${bytes}`),
    );
    expect(readFileSync(files.find(({ name }) => name === 'tester')?.file ?? '', 'utf8')).not.toMatch(
      /@aws-sdk|amazonaws/,
    );
  });

  it('can be imported by Node alone and export a handler', async () => {
    const program = `for (const file of process.argv.slice(1)) if (typeof (await import(file)).handler !== 'function') console.log(file);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', program, ...files.map(({ file }) => file)],
      { cwd: unzipped },
    );
    expect(stdout).toBe('');
  });
});
