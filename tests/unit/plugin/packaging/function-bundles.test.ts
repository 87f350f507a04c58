import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { bundleForLocalRun, packageFunctions } from '../../../../plugin/packaging/function-bundles';
import type { FunctionSettings, Serverless } from '../../../../plugin/serverless';

const root = path.resolve(__dirname, '..', '..', '..', '..');
let serviceDir: string;

beforeEach(() => {
  serviceDir = mkdtempSync(path.join(tmpdir(), 'function-bundles-'));
  mkdirSync(path.join(serviceDir, 'functions'));
});

afterEach(() => rmSync(serviceDir, { recursive: true, force: true }));

/** The repository's functions, packaged into this test's directory. */
function serviceOf(functions: Readonly<Record<string, FunctionSettings>>): Serverless {
  const builder = `module.exports = require(${JSON.stringify(path.join(root, 'functions', 'build.cjs'))});`;
  writeFileSync(path.join(serviceDir, 'functions', 'build.cjs'), builder);
  return { serviceDir, service: { functions } } as unknown as Serverless;
}

const handler = (folder: string): FunctionSettings => ({ handler: `functions/${folder}/handler.handler` });
const zipOf = (settings: FunctionSettings): Buffer =>
  readFileSync(path.join(serviceDir, settings.package?.artifact ?? ''));
const contentsOf = (settings: FunctionSettings) => unzipSync(zipOf(settings));

it('zips each function’s bundle under its handler’s name, the same bytes for the same code', async () => {
  const functions = { tester: handler('tester'), judgeResults: handler('judge-results') };
  await packageFunctions(serviceOf(functions));
  expect(Object.keys(contentsOf(functions.tester))).toEqual(['functions/tester/handler.mjs']);
  expect(Object.keys(contentsOf(functions.judgeResults))).toEqual(['functions/judge-results/handler.mjs']);
  const first = zipOf(functions.tester);
  await packageFunctions(serviceOf({ tester: functions.tester }));
  expect(zipOf(functions.tester).equals(first)).toBe(true);
});

it('adds the files that a function names, below the same path', async () => {
  mkdirSync(path.join(serviceDir, 'saml'));
  writeFileSync(path.join(serviceDir, 'saml', 'metadata.xml'), '<EntityDescriptor/>');
  const tester = { ...handler('tester'), package: { patterns: ['./saml/metadata.xml'] } };
  await packageFunctions(serviceOf({ tester }));
  const contents = contentsOf(tester);
  expect(Object.keys(contents).sort()).toEqual(['functions/tester/handler.mjs', 'saml/metadata.xml']);
  expect(strFromU8(contents['saml/metadata.xml'] ?? new Uint8Array())).toBe('<EntityDescriptor/>');
});

it('packages one function alone', async () => {
  const functions = { tester: handler('tester'), judgeResults: handler('judge-results') };
  await packageFunctions(serviceOf(functions), 'tester');
  expect(functions).toMatchObject({ tester: { package: { artifact: '.serverless/tester.zip' } } });
  expect(functions.judgeResults.package).toBeUndefined();
});

it('leaves a service without functions/build.cjs to the framework', async () => {
  const tester = handler('tester');
  await packageFunctions({ serviceDir, service: { functions: { tester } } } as unknown as Serverless);
  expect(tester.package).toBeUndefined();
});

it('points a local run at a bundle that require loads', async () => {
  const functions = { tester: handler('tester') };
  await bundleForLocalRun(serviceOf(functions), 'tester');
  const [, file = '', name = ''] = /^(.*)\.(\w+)$/.exec(functions.tester.handler) ?? [];
  const loaded = jest.requireActual<Record<string, unknown>>(path.join(serviceDir, file));
  expect(typeof loaded[name]).toBe('function');
});
