import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import validateMachine from 'asl-validator';
import { packageTemplates } from './template/package-templates';
import { variants } from './template/variants';

/**
 * Lints what `sls package` makes: every variant of the template by cfn-lint in every region below, both machines by
 * asl-validator. cfn-lint comes from PyPI, pinned (scripts/cfn-lint.txt), into .venv/, which this makes.
 */

/** One region of each partition, and common regions. */
const regions = ['eu-west-1', 'us-east-1', 'ap-northeast-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1'] as const;

/** Accepted findings of cfn-lint, each with its reason. All others are errors. */
const accepted: readonly {
  readonly rule: string;
  readonly about: RegExp;
  readonly reason: string;
}[] = [
  {
    rule: 'W3005',
    about: /Role' dependency already enforced/,
    reason: 'the framework adds DependsOn for the role of every function beside its own GetAtt',
  },
  {
    rule: 'W3010',
    about: /hardcoding availability zones/,
    reason: 'the parameter availabilityZones names them, for an account whose first zones lack Fargate or Lambda',
  },
  {
    rule: 'E3006',
    about: /'AWS::APS::Workspace' does not exist in 'cn-north-1'/,
    reason: 'AMP is not offered in the China regions: the template is well-formed there, but cannot be deployed',
  },
  {
    rule: 'E3006',
    about: /'AWS::Budgets::Budget' does not exist in 'us-gov-west-1'/,
    reason: 'CloudFormation makes no budgets in AWS GovCloud, as the description of monthlyBudget says',
  },
];

interface Finding {
  readonly Rule: { readonly Id: string; readonly ShortDescription: string };
  readonly Message: string;
  readonly Location: { readonly Path?: readonly (string | number)[] | null };
}

const root = path.resolve(__dirname, '..');
const run = promisify(execFile);

async function main(): Promise<void> {
  const lint = await installCfnLint();
  const templates = await packageTemplates(variants);
  const directory = await mkdtemp(path.join(tmpdir(), 'check-template-'));
  try {
    let failures = 0;
    let passed = 0;
    const counts = new Map<string, number>();
    for (const [name, file] of Object.entries(templates)) {
      const prepared = path.join(directory, `${name}.json`);
      await writeFile(prepared, await forLinting(file));
      const unexpected = (await lintTemplate(lint, prepared)).filter((finding) => {
        const known = accepted.find(({ rule, about }) => rule === finding.Rule.Id && about.test(finding.Message));
        if (known) counts.set(known.reason, (counts.get(known.reason) ?? 0) + 1);
        return !known;
      });
      if (unexpected.length > 0) failures += 1;
      else passed += 1;
      print(`${unexpected.length === 0 ? 'ok  ' : 'FAIL'}  cfn-lint  ${name.padEnd(14)} ${regions.join(' ')}`);
      for (const { Rule, Message, Location } of unexpected) {
        print(`        ${Rule.Id} ${Message}\n        at ${(Location.Path ?? []).join('/')}`);
      }
      const invalid = await lintMachines(name, prepared);
      failures += invalid;
      passed += 2 - invalid;
    }
    for (const { rule, reason } of accepted)
      print(`accepted ${String(counts.get(reason) ?? 0).padStart(4)} ×  ${rule}: ${reason}`);
    print(`${variants.length} variants, ${regions.length} regions, 2 machines: ${passed} passed, ${failures} failed`);
    if (failures > 0) process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * cfn-lint in the project's own virtual environment, at the pinned versions; made when it is missing or of another
 * version.
 */
async function installCfnLint(): Promise<string> {
  const venv = path.join(root, '.venv');
  const bin = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin');
  const pins = path.join(root, 'scripts', 'cfn-lint.txt');
  const stamp = path.join(venv, 'cfn-lint.txt');
  const wanted = await readFile(pins, 'utf8');
  if (!existsSync(stamp) || (await readFile(stamp, 'utf8')) !== wanted) {
    print('Installing cfn-lint into .venv …');
    await run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', venv]).catch((cause: unknown) => {
      throw new Error('Python 3.9 or later with its venv module is needed for cfn-lint: install it and try again.', {
        cause,
      });
    });
    await run(path.join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', '--requirement', pins]);
    await writeFile(stamp, wanted);
  }
  return path.join(bin, 'cfn-lint');
}

/**
 * The template with `${Partition}` of the machines replaced, which CloudFormation does when it deploys. cfn-lint's
 * pattern of a state's resource accepts the partition `aws` only.
 */
async function forLinting(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replaceAll('arn:${Partition}:states', 'arn:aws:states');
}

async function lintTemplate(lint: string, file: string): Promise<readonly Finding[]> {
  // cfn-lint's exit code is a bit mask of the findings; they are on stdout in any case.
  const { stdout } = await run(lint, ['--format', 'json', '--regions', ...regions, '--template', file], {
    maxBuffer: 64 << 20,
  }).catch((error: { stdout?: string; stderr?: string }) => {
    if (error.stdout?.startsWith('[')) return { stdout: error.stdout };
    throw new Error(`cfn-lint did not run: ${error.stderr ?? String(error)}`);
  });
  return JSON.parse(stdout || '[]') as readonly Finding[];
}

async function lintMachines(name: string, file: string): Promise<number> {
  const { Resources } = JSON.parse(await readFile(file, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: { Definition: object } }>;
  };
  let failures = 0;
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    if (Type !== 'AWS::StepFunctions::StateMachine') continue;
    const { isValid, errorsText } = validateMachine(Properties.Definition);
    print(`${isValid ? 'ok  ' : 'FAIL'}  asl       ${name.padEnd(14)} ${id}`);
    if (!isValid) print(errorsText());
    failures += isValid ? 0 : 1;
  }
  return failures;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
