/**
 * Makes the pictures of the documents from real runs against a local cloud that is up (`npm start` in another
 * terminal): the setup in the terminal, and its report in a browser where Chromium is installed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { type Report, renderPage } from '../report';
import { terminalSvg } from './terminal-svg';

const root = path.join(__dirname, '..');
const pictures = path.join(root, 'docs', 'pictures');
const chromiumPath = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find(existsSync);

function sls(...args: readonly string[]): string {
  const bin = path.join(root, 'node_modules', 'serverless', 'bin', 'serverless.js');
  return execFileSync(process.execPath, [bin, ...args, '--stage', 'local'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function main(): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const command = 'npx sls setup --stage local';
  writeFileSync(
    path.join(pictures, 'setup.svg'),
    terminalSvg({ title: 'the setup, run again', command, output: sls('setup') }),
  );
  const report = JSON.parse(sls('report', '--json')) as Report;
  if (!chromiumPath) {
    process.stdout.write('setup.svg made; no Chromium here, so the report has no picture\n');
    return;
  }
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({ viewport: { width: 1160, height: 1180 } });
  await page.setContent(renderPage(report));
  await page.screenshot({ path: path.join(pictures, 'report.png') });
  await browser.close();
  process.stdout.write('setup.svg and report.png made\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
