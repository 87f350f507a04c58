import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { documents } from './template/document-tables';
import { packageTemplates } from './template/package-templates';

/** Writes the tables of docs/ that are made from data: parameters, permissions, costs. */
async function main(): Promise<void> {
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
