import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findFreePorts } from '../local/cli/ports';
import { runSls } from '../local/cli/sls';
import { startCloud } from '../local/cloud/cloud';

/**
 * `npm run screenshots`: deploys to its own local cloud, runs the tester, and takes pictures of the cloud's page. Needs
 * Chromium (CHROMIUM, or /usr/bin/chromium).
 */
async function main(): Promise<void> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`There is no browser at ${executablePath}: install Chromium, or name one by CHROMIUM.`);
  }
  const root = join(__dirname, '..');
  const ports = await findFreePorts();
  const profile = await mkdtemp(join(tmpdir(), 'screenshots-'));
  const region = 'eu-west-1';
  const cloud = await startCloud({
    port: ports.LOCAL_PORT,
    directory: profile,
    region,
    grafana: { port: ports.LOCAL_GRAFANA_PORT },
  });
  let browser: Browser | undefined;
  try {
    for (const verb of [['deploy'], ['invoke', '-f', 'tester'], ['invoke', '-f', 'tester']]) {
      const code = await runSls(verb, { root, ports, region }).exited;
      if (code !== 0) throw new Error(`sls ${verb.join(' ')} ended with exit code ${code}`);
    }
    browser = await chromium.launch({ executablePath, args: quiet });
    for (const picture of pictures) await take(browser, cloud.endpoint, picture, join(root, 'docs', 'pictures'));
  } finally {
    await browser?.close();
    await cloud.close();
    await rm(profile, { recursive: true, force: true });
  }
}

/** Without these flags Chromium connects to its vendor's hosts at every start. */
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Picture {
  readonly file: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  /** The heading at the top of the picture; the top of the page without one. */
  readonly from?: string;
}

const pictures: readonly Picture[] = [
  { file: 'page.png', path: '/', width: 1280, height: 1000, scheme: 'light' },
  { file: 'page-signals.png', path: '/', width: 1280, height: 1000, scheme: 'light', from: '#signals-title' },
  { file: 'page-dark.png', path: '/', width: 1280, height: 1000, scheme: 'dark', from: '#signals-title' },
  { file: 'page-phone.png', path: '/', width: 390, height: 844, scheme: 'dark', from: '#signals-title' },
];

async function take(browser: Browser, endpoint: string, picture: Picture, directory: string): Promise<void> {
  const { file, path, width, height, scheme, from } = picture;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' });
  await page.goto(`${endpoint}${path}`);
  if (path === '/') {
    // Wait until the page shows every signal of the chosen call.
    await page.waitForSelector('[data-connected="yes"]');
    await page.waitForSelector('#signals .waterfall li');
    await page.waitForSelector('#signals .lines li');
  }
  if (from !== undefined) await page.evaluate(`document.querySelector('${from}').scrollIntoView()`);
  const target = join(directory, file);
  await page.screenshot({ path: target });
  await page.close();
  process.stdout.write(`docs/pictures/${file}  ${Math.round((await stat(target)).size / 1024)} KB\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
