import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const framework = join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
// Each case starts the framework in a process.
jest.setTimeout(300_000);

/** Output of `sls print`, which resolves everything and changes nothing, without the framework's own lines. */
function print(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [framework, 'print', ...args],
      { cwd: root, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({
          code: error ? Number(error.code) : 0,
          output: `${stdout}${stderr}`.replace(/^(?:Environment|Docs): .*\n/gm, '').trim(),
        }),
    );
  });
}

const after = 'See docs/parameters.md. Nothing was changed.';

it.each<[readonly string[], string]>([
  // All errors of one command line, so that one start of the framework shows them all.
  [
    [
      '--param=keepData=True',
      '--param=lokiRetentionDays=none',
      '--param=architecture=arm',
      ...['--param', 'alertEmail'],
      '--param=alertMail=a@example.org',
      '--param=maxTasks=',
    ],
    [
      'Parameter "alertEmail" has no value: write --param="alertEmail=…".',
      'There is no parameter "alertMail". Did you mean "alertEmail"?',
      'Parameter "maxTasks" is "" but must be a whole number from 1 to 100 tasks.',
      'Parameter "architecture" is "arm" but must be one of arm64, x86_64.',
      'Parameter "keepData" is "True" but must be true or false.',
      'Parameter "lokiRetentionDays" is "none" but must be a whole number from 1 to 3650 days.',
      after,
    ].join('\n'),
  ],
  [
    ['--stage', 'with_us'],
    'Cannot resolve serverless.yml: Variables resolution errored with:\n' +
      '  - Cannot resolve variable at "provider.stage": Cannot resolve "stage" out of "index.js": Received rejection: \n\nStage "with_us" has letters that the name of a stage must not have. It may have letters of the English alphabet, digits and hyphens. Nothing was changed.',
  ],
  [['--stage', 'a'.repeat(60)], `Stage "${'a'.repeat(60)}" has 60 letters; it may have`],
])('%j is reported once, before anything uses it', async (args, sentence) => {
  const { code, output } = await print(...args);
  expect(output.startsWith(`Error:\n${sentence}`)).toBe(true);
  expect(output.match(/Stage "|Parameter "|There is no parameter/g)?.length).toBe(
    sentence.match(/Stage "|Parameter "|There is no parameter/g)?.length,
  );
  expect(code).toBe(1);
});

it('accepts every documented default as written', async () => {
  const { default: defaults, schema } = require('../../params') as {
    default: Record<string, unknown>;
    schema: Record<string, { internal?: boolean }>;
  };
  const given = Object.entries(defaults)
    .filter(([name]) => schema[name]?.internal !== true)
    .map(([name, value]) => `--param=${name}=${value}`);
  const [plain, explicit] = await Promise.all([print('--stage', 'prod'), print('--stage', 'prod', ...given)]);
  expect(explicit.code).toBe(0);
  // The command line gives numbers as text, which CloudFormation treats as equal.
  const bare = (text: string) => text.replaceAll(/["']/g, '');
  expect(bare(explicit.output)).toBe(bare(plain.output));
});
