import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkParameters, type Schema } from '../../plugin/packaging/parameters';
import { expectNone } from './template';

const root = path.resolve(__dirname, '..', '..');
const params = require('../../params') as {
  readonly schema: Schema & Readonly<Record<string, { readonly default?: unknown }>>;
  readonly default: Readonly<Record<string, unknown>>;
  readonly dev: Readonly<Record<string, unknown>>;
  readonly local: Readonly<Record<string, unknown>>;
};
const names = Object.keys(params.schema);

describe('parameters', () => {
  it('all have a default and a description that ends like a sentence', () => {
    const bad = names.filter(
      (name) => params.default[name] === undefined || !/\.$/.test(params.schema[name]?.description ?? ''),
    );
    expectNone(bad);
  });

  it.each(['default', 'dev', 'local'] as const)('of the stage "%s" pass their own rules', (stage) => {
    // The framework resolves values from the environment.
    const values = Object.entries({ ...params.default, ...params[stage] }).filter(
      ([, value]) => !String(value).includes('${env'),
    );
    expect(checkParameters(params.schema, [], Object.fromEntries(values)).errors).toEqual([]);
  });

  it('require only parameters that exist', () => {
    expectNone(names.flatMap((name) => params.schema[name]?.requires ?? []).filter((other) => !names.includes(other)));
  });

  it('are all used, and every used one exists', () => {
    const files = ['resources', 'functions', 'statemachines']
      .flatMap((folder) =>
        readdirSync(path.join(root, folder), { recursive: true }).map((file) => path.join(folder, String(file))),
      )
      .filter((file) => /\.(ya?ml|js)$/.test(file));
    const text = [...files, 'serverless.yml'].map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n');
    const used = new Set([...text.matchAll(/param:(\w+)/g)].map(([, name = '']) => name));
    const bySubnets = ['privateSubnetIds', 'publicSubnetIds']; // named by the argument of resources/subnets.js
    // `endpoint` is the plugin's.
    expectNone(names.filter((name) => !used.has(name) && !bySubnets.includes(name) && name !== 'endpoint'));
    expectNone([...used].filter((name) => !names.includes(name)));
  });

  it('give every stage but dev and local the production values', () => {
    expect(params.default).toMatchObject({
      minTasks: 2,
      natGateways: 2,
      keepData: true,
      scrapeInterval: '5s',
      testerSchedule: 'ENABLED',
    });
    expect(params.dev).toMatchObject({ minTasks: 1, natGateways: 1, keepData: false });
  });
});
