import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { servicesJsonSchema } from '../params/service-schema';
import { runbookDashboard } from './runbook-dashboard';
import { documents } from './template/document-tables';
import { packageTemplates } from './template/package-templates';

/**
 * Writes the generated files: the tables of docs/ (parameters, permissions, costs), the runbook as a dashboard, the
 * JSON Schema of services.yml.
 */
async function main(): Promise<void> {
  const root = path.resolve(__dirname, '..');
  const dashboard = runbookDashboard(readFileSync(path.join(root, 'docs/runbook.md'), 'utf8'));
  const file = 'grafana/dashboards/runbook.json';
  writeJson(root, file, dashboard);
  writeJson(root, 'params/services.schema.json', servicesJsonSchema());
  const { production = '', dev = '' } = await packageTemplates([
    { name: 'production', stage: 'production' },
    { name: 'dev', stage: 'dev' },
  ]);
  for (const [name, text] of Object.entries(documents({ production, dev }))) {
    writeFileSync(path.join(root, name), text);
    process.stdout.write(`wrote ${name}\n`);
  }
}

/** In the format that `npm run lint` wants. */
function writeJson(root: string, file: string, content: unknown): void {
  writeFileSync(path.join(root, file), JSON.stringify(content, null, 2));
  execFileSync(path.join(root, 'node_modules/.bin/biome'), ['format', '--write', file], { cwd: root });
  process.stdout.write(`wrote ${file}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
