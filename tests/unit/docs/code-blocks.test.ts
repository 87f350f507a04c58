import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { commands } from '../../../plugin/commands';
import { documents, root } from './documents';

/** Every line of a shell's code block in the documents, without its comment. */
const lines = documents.flatMap(({ file, text }) =>
  [...text.matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/\s#.*$/, '').trim())
      .filter((line) => line !== '')
      .map((line) => ({ file, line })),
  ),
);

/** What runs a line: a file (and the text in it that shows this), or the reason why nothing here can. */
interface Coverage {
  readonly line: RegExp;
  readonly runBy?: readonly [file: string, text: string];
  readonly notRun?: string;
}

const coverage: readonly Coverage[] = [
  { line: /^npm start$/, runBy: ['local/tests/cli/start.test.ts', 'scripts.start'] },
  {
    line: /^npm ci$/,
    notRun: 'it takes away the packages that the tests run on; a fresh clone runs it by scripts/ensure-installed.mjs',
  },
  { line: /^npm test$/, runBy: ['.ci/run', 'suite test npm test'] },
  { line: /^bash \.ci\/run$/, notRun: 'it runs this test' },
  { line: /^npm run check$/, notRun: 'it runs this test; .ci/run runs each of its parts' },
  {
    line: /^npx sls invoke -f tester --stage local$/,
    runBy: ['local/cli/rehearse.ts', "sls('invoke', '-f', 'tester')"],
  },
  { line: /^npx sls info --stage local$/, runBy: ['local/cli/rehearse.ts', "sls('info')"] },
  { line: /^npx sls setup --stage local$/, runBy: ['local/cli/rehearse.ts', "sls('setup')"] },
  { line: /^npx sls report --stage local$/, runBy: ['local/cli/rehearse.ts', "sls('report', "] },
  { line: /^npx sls remove --stage local$/, runBy: ['local/cli/rehearse.ts', "sls('remove')"] },
  {
    line: /^npx sls (?:diagnose|deploy|remove) --stage dev$/,
    notRun: 'it needs an AWS account; at stage local the same verbs run',
  },
  {
    line: /^npx sls deploy --stage prod (?:--param="\w+=[^"]+" ?)+$/,
    notRun: 'it needs an AWS account; tests/unit/plugin/packaging holds its parameters to what they may be',
  },
  {
    line: /^aws ecr create-pull-through-cache-rule /,
    notRun: 'it needs an AWS account and a log-in of Docker Hub; the local cloud has no image registry',
  },
  {
    line: /^aws cloudformation (?:create|execute)-change-set .*$/,
    runBy: ['tests/statemachine/drift.test.ts', 'new ExecuteChangeSetCommand('],
  },
  {
    line: /^aws cloudformation describe-change-set .*$/,
    notRun: 'it only shows what the change set would do',
  },
  {
    line: /^(?:send\(\) \{|\[ -e "\$3" \]|curl --silent|--header "Authorization|\}$|for file in export\/|send PUT "|done$)/,
    runBy: ['tests/statemachine/support/users-content.ts', "execFile)('bash', ['-c', commands]"],
  },
  {
    line: /^(?:aws s3 cp|export (?:GRAFANA|TOKEN)=|account=\$\(aws grafana)/,
    notRun: 'it needs an AWS account; tests/statemachine/export.test.ts gets the files and a token itself',
  },
];

const coverageOf = (line: string) => coverage.filter((each) => each.line.test(line));

it.each(lines)('$file: "$line" is run somewhere, or has a reason not to be', ({ line }) => {
  const [found, ...more] = coverageOf(line);
  expect(more).toEqual([]);
  expect(found?.notRun ?? found?.runBy).toBeDefined();
  if (found?.runBy === undefined) return;
  const [file, text] = found.runBy;
  expect(existsSync(path.join(root, file))).toBe(true);
  expect(readFileSync(path.join(root, file), 'utf8')).toContain(text);
});

it('has no entry for a line that no document has', () => {
  expect(coverage.filter((each) => !lines.some(({ line }) => each.line.test(line)))).toEqual([]);
});

it('shows every verb of the plugin in "npx sls --help"', async () => {
  const sls = path.join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  const { stdout } = await promisify(execFile)(process.execPath, [sls, '--help', '--stage', 'local'], { cwd: root });
  const own = Object.entries(commands).filter(([, { type }]) => type !== 'entrypoint');
  const missing = own.filter(([verb]) => !new RegExp(`^${verb}\\b`, 'm').test(stdout)).map(([verb]) => verb);
  expect(missing).toEqual([]);
  const ours = own.filter(([, { lifecycleEvents }]) => lifecycleEvents !== undefined);
  expect(ours.map(([verb]) => verb)).toEqual(['setup', 'report', 'diff', 'services', 'attach', 'diagnose', 'cost']);
  for (const [, { usage }] of ours) expect(stdout).toContain(usage);
}, 30_000);
