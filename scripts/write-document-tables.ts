import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runbookDashboard } from './runbook-dashboard';
import { documents } from './template/document-tables';
import { packageTemplates } from './template/package-templates';

/** Writes the generated files: the tables of docs/ (parameters, permissions, costs), and the runbook as a dashboard. */
async function main(): Promise<void> {
  const dashboard = runbookDashboard(readFileSync(path.resolve(__dirname, '../docs/runbook.md'), 'utf8'));
  writeFileSync(
    path.resolve(__dirname, '../grafana/dashboards/runbook.json'),
    `${JSON.stringify(dashboard, null, 2)}\n`,
  );
  process.stdout.write('wrote grafana/dashboards/runbook.json\n');
  const { production = '', dev = '' } = await packageTemplates([
    { name: 'production', stage: 'production' },
    { name: 'dev', stage: 'dev' },
  ]);
  for (const [file, text] of Object.entries(documents({ production, dev }))) {
    writeFileSync(path.resolve(__dirname, '..', file), text);
    process.stdout.write(`wrote ${file}\n`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
