import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readPrices } from '../../plugin/cost/prices';
import { components, costTable, priceTable, type Resources } from './cost';
import { samplesTable, wayOutTable } from './cost-examples';
import { replaceBlock } from './markdown';
import { parameterTable, type Schema, stageTable } from './parameter-table';
import { anyResourceTable, anyStageTable, callTable, type PermissionMap, roleTable } from './permission-table';

const root = path.resolve(__dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/**
 * The documents with tables made from data: what each of them must read, by its path. `templates`: packaged templates'
 * paths.
 */
export function documents(templates: Readonly<Record<'production' | 'dev', string>>): Readonly<Record<string, string>> {
  const schema = parse(read('params/schema.yml')) as Schema;
  const permissions = parse(read('docs/permissions.yml')) as PermissionMap;
  const prices = readPrices();
  const costs = (file: string) => {
    const { Resources } = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Resources };
    return components(Resources, prices);
  };
  const blocks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'docs/parameters.md': { parameters: parameterTable(schema), 'stage values': stageTable(schema) },
    'docs/permissions.md': {
      roles: roleTable(permissions),
      calls: callTable(permissions),
      'any resource': anyResourceTable(permissions),
      'any stage': anyStageTable(permissions),
    },
    'docs/cost.md': {
      costs: costTable({ production: costs(templates.production), dev: costs(templates.dev) }),
      'way out': wayOutTable(prices),
      samples: samplesTable(prices),
      prices: priceTable(prices),
    },
  };
  return Object.fromEntries(
    Object.entries(blocks).map(([file, tables]) => [
      file,
      Object.entries(tables).reduce((text, [name, body]) => replaceBlock(text, name, body), read(file)),
    ]),
  );
}
