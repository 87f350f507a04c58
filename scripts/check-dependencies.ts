import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { audit } from './dependencies/audit';
import { dependenciesDocument } from './dependencies/document';
import { installedPackages } from './dependencies/installed';
import { isAllowed } from './dependencies/licences';

/** Checks the licence of every installed package, runs `npm audit`, and writes docs/dependencies.md. */
async function main(): Promise<void> {
  const root = path.resolve(__dirname, '..');
  const installed = installedPackages(root);
  const foreign = installed.filter(({ licence }) => !isAllowed(licence));
  for (const { name, version, licence } of foreign)
    print(
      `FAIL  licence  ${name} ${version}: ${licence || 'names none'}, which is not in scripts/dependencies/licences.ts`,
    );
  for (const [licence, many] of countByLicence(installed)) print(`${String(many).padStart(6)} × ${licence}`);
  let passed = installed.length - foreign.length;
  let failed = foreign.length;

  const audited = await audit(root);
  if (audited.ran) {
    for (const { name, severity, range, titles } of audited.findings)
      print(`FAIL  audit    ${name} ${range}: ${severity}: ${titles.join('; ')}`);
    print(`audit: ${audited.findings.length} findings of severity high or critical`);
    failed += audited.findings.length;
    if (audited.findings.length === 0) passed += 1;
  } else {
    print(`audit: not run (${audited.reason})`);
  }

  writeFileSync(path.join(root, 'docs', 'dependencies.md'), dependenciesDocument(installed));
  print(`wrote docs/dependencies.md\n${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

function countByLicence(installed: ReturnType<typeof installedPackages>): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { licence } of installed) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
