import { existsSync } from 'node:fs';
import { get, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { createReport, renderPage } from '../../../report';
import { failedSetup, goodSetup } from '../../../tests/helpers/setup-histories';
import { sls, writeVerbsService } from '../../../tests/helpers/verbs-service';
import { filledWorkspace } from '../grafana-server/support/filled-workspace';
import { startGrafanaCloud } from '../grafana-server/support/grafana-cloud';
import { startTestCloud, type TestCloud } from '../support/test-cloud';
import { axeInBothSchemes } from './support/axe';

/** The page of the local cloud: over HTTP always, in headless Chromium where there is one. */
jest.setTimeout(120_000);

let cloud: TestCloud;
let service: Awaited<ReturnType<typeof writeVerbsService>>;

beforeAll(async () => {
  [cloud, service] = await Promise.all([startTestCloud(), writeVerbsService()]);
});

afterAll(async () => {
  await cloud?.close();
  await service?.remove();
});

describe('before a deploy', () => {
  it('shows that nothing is deployed, and which parts are real', async () => {
    const { status, text } = await read('/');
    expect(status).toBe(200);
    expect(text).toContain('Nothing is deployed yet');
    expect(text).toContain('CloudFormation, Step Functions, IAM, ECS, AMG');
  });

  it.each(['/', '/_page/page.js', '/_page/page.css', '/_page/report.css', '/_page/icon.svg', '/_page/none'])(
    'forbids %s everything that the page does not use',
    async (path) => {
      const { headers } = await read(path);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    },
  );

  it('has no inline script, style or handler', async () => {
    const { text } = await read('/');
    expect(text).not.toMatch(/<script(?! src="\/_page\/)|<style|\sstyle="|\son\w+="/);
  });

  it.each([
    '/_page/',
    '/_page/none',
    '/_page/..%2f..%2fpackage.json',
    '/_page/report',
    '/_page/runs/none',
    '/_page/runs/none/report',
    '/_page/runs/..%2f..%2fx/evidence/..%2fx',
    '/_page/runs/none/evidence/__proto__',
  ])('has no page at %s', async (path) => {
    expect((await read(path)).status).toBe(404);
  });

  it('is read-only', async () => {
    expect(await send('POST', '/_page/')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await send('HEAD', '/')).toMatchObject({ status: 200, text: '' });
  });

  it('answers neither another host name nor the pages of another origin', async () => {
    expect((await send('GET', '/', { host: `evil.example:${cloud.port}` })).status).toBe(403);
    expect((await send('GET', '/_page/events', { origin: 'http://evil.example' })).status).toBe(403);
  });

  it('leaves an AWS client’s unsigned requests to the services', async () => {
    expect((await send('POST', '/')).status).toBe(403);
    const listing = await send('GET', '/', { 'user-agent': 'aws-cli/2.1 md/command#s3api.list-buckets' });
    expect(listing).toMatchObject({ status: 403, text: expect.stringContaining('<Code>AccessDenied</Code>') });
  });

  it("leaves S3's signed GET of the same path to S3", async () => {
    const client = new S3Client({ ...cloud.client, forcePathStyle: true });
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    client.destroy();
    expect(Buckets ?? []).toEqual([]);
  });
});

describe('while a setup runs', () => {
  it('sends each section when it changes, from waiting to the last state', async () => {
    const followed = follow();
    const deployed = await sls(service.directory, ['deploy'], { port: cloud.port });
    expect(deployed).toMatchObject({ code: 0 });
    await followed.until('status', /setup succeeded/);
    const seen = followed.close();
    const machine = seen.filter(({ id }) => id === 'machine').map(({ html }) => html);
    expect(machine.at(-1)).toContain('>Items</text>');
    expect(machine.at(-1)).not.toContain('to come');
    expect(seen[0]).toEqual({ id: 'status', html: '<span class="dot calm"></span>Waiting for a deploy' });
    // A section that did not change is not sent again.
    expect(seen.filter(({ id }) => id === 'checks')).toHaveLength(1);
  });

  it('draws future states as outlines, and names the current state', async () => {
    const followed = follow();
    await startSetup('drill', 'long');
    await followed.until('status', /setup running/);
    await followed.until('heading', /is in progress/);
    const [{ html = '' } = {}] = followed
      .close()
      .filter(({ id, html: text }) => id === 'heading' && /in progress/.test(text));
    expect(html).toContain('verdict now');
  });

  it('keeps the run that is under way in its place while sls diff looks, and lists both with their addresses', async () => {
    await startSetup('verify', 'diff-1', true);
    const { text } = await read('/');
    expect(text).toMatch(/id="status"[^>]*><span class="dot now"><\/span>setup running/);
    expect(text).toMatch(/<a href="\/_page\/runs\/diff-1">[\d:]+<\/a><\/th><td>a look of sls diff<\/td>/);
    expect(text).toMatch(/<a href="\/_page\/runs\/long" aria-current="page">/);
    const diff = await read('/_page/runs/diff-1');
    expect(diff.text).toContain('started by sls diff');
    expect(diff.text).toContain('This is an older run. <a href="/">Show the latest</a>');
    expect((await read('/_page/runs/diff-1/report')).text).toContain('ShelfEmpty');
    expect((await read('/_page/runs/diff-1/evidence/none')).status).toBe(404);
  });

  it('shows the run that ended, and says what to do without scripts', async () => {
    await stopSetup('long');
    const { text } = await read('/');
    expect(text).toMatch(/<span class="dot warn"><\/span>setup stopped/);
    expect(text).toMatch(
      /<noscript><p class="problem">Scripts are off, so this page stands still: it shows [\d:]+ UTC/,
    );
  });

  it('has the report as a page of its own', async () => {
    const { status, text, headers } = await read('/_page/report');
    expect(status).toBe(200);
    expect(text).toContain('verbs-local');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'unsafe-inline';/);
  });

  it("shows the tester's latest run, and says which engine does not answer", async () => {
    expect(await sls(service.directory, ['invoke', '-f', 'tester'], { port: cloud.port })).toMatchObject({ code: 0 });
    const { text } = await read('/');
    expect(text).toMatch(/role="tab" id="call-0"[^>]*aria-selected="true"/);
    expect(text).toContain('POST /data');
    for (const engine of ['Prometheus', 'Tempo', 'Loki']) expect(text).toContain(`${engine} does not answer`);
  });
});

const browserPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasBrowser = existsSync(browserPath);
if (!hasBrowser) process.stderr.write(`The page is not looked at in a browser: there is none at ${browserPath}.\n`);

(hasBrowser ? describe : describe.skip)(`in Chromium (${browserPath})`, () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: browserPath, args: quiet });
    page = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('request', (asked) => {
      if (!asked.url().startsWith(cloud.endpoint)) problems.push(`a request to ${asked.url()}`);
    });
    await page.goto(cloud.endpoint);
    await page.waitForSelector('[data-connected="yes"]');
  });

  afterAll(() => browser?.close());

  it('loads and follows without an error, a blocked resource or a foreign request', () => {
    expect(problems).toEqual([]);
  });

  it('fits a phone: only scrollable elements are wider than the screen', async () => {
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(390);
  });

  it('follows the system’s dark or light mode', async () => {
    const paper = (): Promise<string> => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const dark = await paper();
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await paper()).not.toBe(dark);
  });

  it('has nothing that axe-core finds, in both schemes, with everything unfolded', async () => {
    await page.evaluate(unfold);
    expect(await axeInBothSchemes(page)).toEqual([]);
  });

  it.each([
    ['a setup that succeeded', goodSetup],
    ['a setup that failed', failedSetup],
  ])('nor in the report of %s', async (_, history) => {
    const report = createReport(history().events, {
      executionArn: 'arn:aws:states:eu-west-1:123456789012:execution:stack-setup:run-1',
      machine: 'setup',
      stack: 'stack',
      generatedAt: new Date(),
    });
    const other = await browser.newPage({ viewport: { width: 1160, height: 900 } });
    await other.setContent(renderPage(report));
    await other.evaluate(unfold);
    expect(await axeInBothSchemes(other)).toEqual([]);
    await other.close();
  });

  it('nor in the pages of the stand-in for Grafana', async () => {
    await using grafana = await startGrafanaCloud();
    await using workspace = await filledWorkspace(grafana);
    const other = await browser.newPage({ viewport: { width: 1160, height: 900 } });
    for (const url of [workspace.endpoint, workspace.dashboard, ...Object.values(workspace.explore)]) {
      await other.goto(url);
      expect({ url, found: await axeInBothSchemes(other) }).toEqual({ url, found: [] });
    }
    await other.close();
  });

  it('has landmarks and headings for screen readers', async () => {
    for (const name of ['The machine', 'One request, three signals', 'The checks and their evidence', 'Step by step'])
      expect(await page.getByRole('heading', { name, exact: true }).count()).toBe(1);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('navigation', { name: 'Sections' }).count()).toBe(1);
    expect(await page.getByRole('status').first().textContent()).toMatch(/setup/);
    expect(await page.getByRole('img', { name: /machine, state by state/ }).count()).toBe(1);
  });

  it('lets the keyboard skip to the content and open a step', async () => {
    await page.locator('body').press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    const step = page.locator('#steps details').first();
    const wasOpen = await isOpen(step);
    await step.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await isOpen(step)).toBe(!wasOpen);
  });

  it('keeps opened details when their section changes', async () => {
    const setUp = async (): Promise<void> => {
      const changed = page.evaluate(
        `new Promise((resolve) => new MutationObserver(resolve).observe(document.querySelector('#steps'), { childList: true }))`,
      );
      await startSetup('apply');
      await changed;
      await page.getByRole('status').first().getByText('setup succeeded').waitFor();
    };
    await setUp();
    const step = page.locator('#steps #First');
    expect(await isOpen(step)).toBe(false);
    await step.locator('summary').first().click();
    await setUp();
    expect(await isOpen(step)).toBe(true);
  });

  it('keeps the focus on a link and on a call while their sections change', async () => {
    const active = (): Promise<string> =>
      page.evaluate<string>('document.activeElement.id || document.activeElement.textContent');
    const changeOf = (id: string): Promise<unknown> =>
      page.evaluate(
        `new Promise((resolve) => new MutationObserver(resolve).observe(document.getElementById('${id}'), { childList: true }))`,
      );
    for (const [id, selector] of [
      ['signals', '#call-0'],
      ['runs', '#runs a >> nth=-1'],
    ] as const) {
      await page.locator(selector).focus();
      const before = await active();
      const changed = changeOf(id);
      if (id === 'runs') await startSetup('apply');
      else await sls(service.directory, ['invoke', '-f', 'tester'], { port: cloud.port });
      await changed;
      expect(await active()).toBe(before);
    }
  });

  it('shows when the cloud has stopped', async () => {
    await cloud.close();
    await page.waitForSelector('[data-connected="no"]');
    expect(await page.locator('#connection').textContent()).toBe('The local cloud does not answer; waiting for it.');
  });
});

const unfold = "document.querySelectorAll('details').forEach((each) => { each.open = true; })";

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

/** Starts a run, with a name of its own where one is given; waits for its end if asked to. */
async function startSetup(mode: 'apply' | 'drill' | 'verify', name?: string, untilItEnds = false): Promise<void> {
  const outputs = cloud.cloudFormation.stacks.active().flatMap((stack) => stack.outputs);
  const stateMachineArn = outputs.find(({ key }) => key === 'SetupStateMachineArn')?.value;
  const client = new SFNClient(cloud.client);
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify({ mode }) }),
  );
  for (let status = untilItEnds ? 'RUNNING' : ''; status === 'RUNNING'; ) {
    await sleep(50);
    status = (await client.send(new DescribeExecutionCommand({ executionArn }))).status ?? '';
  }
  client.destroy();
}

async function stopSetup(name: string): Promise<void> {
  const outputs = cloud.cloudFormation.stacks.active().flatMap((stack) => stack.outputs);
  const machine = outputs.find(({ key }) => key === 'SetupStateMachineArn')?.value ?? '';
  const client = new SFNClient(cloud.client);
  await client.send(
    new StopExecutionCommand({ executionArn: `${machine.replace(':stateMachine:', ':execution:')}:${name}` }),
  );
  client.destroy();
}

async function isOpen(details: Locator): Promise<boolean> {
  return (await details.getAttribute('open')) !== null;
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const read = (path: string): Promise<Answered> => send('GET', path);

/** Sends the path unchanged; a URL parser would resolve its dots. */
function send(method: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: cloud.port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    })
      .on('error', reject)
      .end();
  });
}

interface Section {
  readonly id: string;
  readonly html: string;
}

/** Follows the page's events as a browser does. */
function follow(): { until(id: string, shows: RegExp): Promise<void>; close(): readonly Section[] } {
  const seen: Section[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  const call = get(`${cloud.endpoint}/_page/events`, (response) => {
    response.setEncoding('utf8').on('data', (piece: string) => {
      const blocks = (rest + piece).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const [, data] = /^event: section\ndata: (.*)$/.exec(block) ?? [];
        if (data !== undefined) seen.push(JSON.parse(data) as Section);
      }
      for (const look of waiting) look();
    });
  });
  call.on('error', () => undefined);
  return {
    until: (id, shows) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!seen.some((section) => section.id === id && shows.test(section.html))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () => {
      call.destroy();
      return seen;
    },
  };
}
