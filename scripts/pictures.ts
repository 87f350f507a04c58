import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { readPorts } from '../local/cli/ports';
import { terminalSvg } from './terminal-svg';

/**
 * `npm run pictures`: the pictures of the documents, all of one real `npm start` on the ports of LOCAL_*_PORT: what its
 * terminal shows at 100 columns, then its page, its report and the stand-in's Explore in a browser. Needs Chromium
 * (CHROMIUM, or /usr/bin/chromium) and `script` of util-linux, which gives the command a terminal.
 */
async function main(): Promise<void> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  for (const needed of [executablePath, '/usr/bin/script'])
    if (!existsSync(needed)) throw new Error(`${needed} is needed, and is not there.`);
  const ports = readPorts(process.env);
  const directory = path.join(__dirname, '..', 'docs', 'pictures');
  await mkdir(directory, { recursive: true });
  const started = startInTerminal();
  let browser: Browser | undefined;
  try {
    await started.until(/Ctrl-C stops everything/);
    const output = started.shown();
    await writeFile(
      path.join(directory, 'start.svg'),
      terminalSvg({ title: 'npm start', command: 'npm start', output }, columns),
    );
    browser = await chromium.launch({ executablePath, args: quiet });
    const endpoint = `http://127.0.0.1:${ports.LOCAL_PORT}`;
    for (const picture of pictures) await take(browser, endpoint, picture, directory);
  } finally {
    await browser?.close();
    await started.stop();
  }
}

const columns = 100;

/** `npm start` in a terminal of that width. With CI set the framework draws no footer, whose motion no picture has. */
function startInTerminal() {
  const child: ChildProcess = spawn(
    '/usr/bin/script',
    ['-qec', `stty cols ${columns} rows 60; exec npm start`, '/dev/null'],
    {
      cwd: path.join(__dirname, '..'),
      env: { ...process.env, CI: '1', TERM: 'xterm-256color', FORCE_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let [text, hasEnded] = ['', false];
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    process.stdout.write(piece);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      hasEnded = true;
      resolve();
    });
  });
  return {
    /** What it printed after npm's own lines and an installation. */
    shown: () => text.replaceAll('\r', '').replace(/^[\s\S]*?(?=Local cloud at )/, ''),
    async until(wanted: RegExp): Promise<void> {
      while (!wanted.test(text)) {
        if (hasEnded) throw new Error('npm start has ended before it was up');
        await sleep(100);
      }
    },
    /** Ctrl-C, as a person would. */
    async stop(): Promise<void> {
      if (!hasEnded) child.stdin?.write('\u0003');
      await ended;
    },
  };
}

/** Without them Chromium looks for its maker's hosts at every start. */
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
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
  /** The heading at the top of the picture; the top of the page without one. */
  readonly from?: string;
  /** The link of the page to follow first, by its text. */
  readonly follow?: string;
}

const pictures: readonly Picture[] = [
  { file: 'page.png', width: 1280, height: 1000, scheme: 'light' },
  { file: 'page-dark.png', width: 1280, height: 1000, scheme: 'dark', from: '#signals-title' },
  { file: 'page-phone.png', width: 390, height: 844, scheme: 'dark', from: '#signals-title' },
  { file: 'report.png', width: 1160, height: 1180, scheme: 'light', follow: 'The report' },
  { file: 'explore.png', width: 1160, height: 760, scheme: 'light', follow: 'Logs in Loki' },
];

async function take(browser: Browser, endpoint: string, picture: Picture, directory: string): Promise<void> {
  const { file, width, height, scheme, from, follow } = picture;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce' });
  await page.goto(endpoint);
  await untilShown(page);
  if (follow !== undefined) {
    await page.getByRole('link', { name: follow, exact: true }).first().click();
    await page.waitForLoadState();
  }
  if (from !== undefined) await page.evaluate(`document.querySelector('${from}').scrollIntoView()`);
  const target = path.join(directory, file);
  await page.screenshot({ path: target });
  await page.close();
  process.stdout.write(`docs/pictures/${file}  ${Math.round((await stat(target)).size / 1024)} KB\n`);
}

/** Waits until the page shows every signal of the chosen call. */
async function untilShown(page: Page): Promise<void> {
  await page.waitForSelector('[data-connected="yes"]');
  await page.waitForSelector('#signals .waterfall li');
  await page.waitForSelector('#signals .lines li');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
