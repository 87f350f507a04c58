import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Report, renderPage, reportStyle } from '../../report';
import type { Cloud, NamedUrl, Part } from '../cloud/contracts';
import type { RawHandler } from '../kernel/contracts';
import type { Signals } from './contracts';
import { createHub } from './hub';
import { readRun } from './live-run';
import { document, sections, type View } from './render/document';
import { readSignals } from './signals';
import { watchTester } from './tester-run';

/** No other origin, no inline script or style. Text of a log line could do no harm even if it were not escaped. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The report has inline styles and no script. */
const reportPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The cloud's current state. */
export interface Description {
  readonly parts: () => readonly Part[];
  readonly urls: () => readonly NamedUrl[];
}

/** The least milliseconds between two rounds of queries to the engines. */
const signalsAge = 1500;

/**
 * The page of the local cloud at `/`: the state machine as it runs, the three signals of the tester's latest run, the
 * checks, the report. It answers only unsigned requests. Call `attach` after the cloud has started.
 */
export function createPage(): { readonly handler: RawHandler; attach(cloud: Cloud, description: Description): void } {
  let serve: Serve | undefined;
  return {
    attach: (cloud, description) => {
      serve = servePage(cloud, description);
    },
    handler: async (request, response) => {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const isOurs = (path === '/' && asksForPage(request)) || path.startsWith('/_page/');
      if (!isOurs || serve === undefined) return false;
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        answer(response, 405, 'text/plain', 'The page is read-only: use GET or HEAD.', { allow: 'GET, HEAD' });
        return true;
      }
      await serve(path, response);
      return true;
    },
  };
}

/**
 * Whether a GET or HEAD comes from a browser, not an AWS client. S3's ListBuckets is a GET of the same path. A client
 * that does not sign it (`--no-sign-request`) is recognized by its user agent or the SDK's headers and gets the
 * service's error.
 */
function asksForPage({ headers, method, url }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (headers.authorization !== undefined || /[?&](X-Amz-|Action=)/i.test(url ?? '')) return false;
  if (/\b(aws-cli|aws-sdk|boto)/i.test(headers['user-agent'] ?? '')) return false;
  return !Object.keys(headers).some((name) => /^(x-amz-|amz-sdk-)/.test(name));
}

type Serve = (path: string, response: ServerResponse) => Promise<void>;

function servePage(cloud: Cloud, description: Description): Serve {
  const latestRun = watchTester(cloud.lambda);
  let report: Report | undefined;
  let signals: Signals | undefined;
  let signalsAt = 0;

  const read = async (): Promise<View> => {
    const urls = description.urls();
    // The last report stays on the page after the stack is removed.
    report = (await readRun(cloud, Object.fromEntries(urls.map(({ name, url }) => [name, url])))) ?? report;
    const run = latestRun();
    const now = cloud.kernel.now().getTime();
    if (run !== undefined && (signals?.run !== run || now - signalsAt >= signalsAge)) {
      signalsAt = now;
      signals = await readSignals(cloud, run, now);
    }
    const evidenceUrl = (check: string): string => `${cloud.endpoint}/_page/evidence/${encodeURIComponent(check)}`;
    return { report, signals, urls, parts: description.parts(), evidenceUrl };
  };
  const hub = createHub(async () => sections(await read()), cloud.kernel.closing);

  return async (path, response) => {
    const asset = assets.get(path);
    if (asset) return answer(response, 200, asset.type, asset.body);
    if (path === '/') return answer(response, 200, 'text/html', document(await read()));
    if (path === '/_page/events') return hub.attach(response);
    if (path === '/_page/report' && report === undefined) await read();
    if (path === '/_page/report' && report) {
      return answer(response, 200, 'text/html', renderPage(report), { 'content-security-policy': reportPolicy });
    }
    const check = /^\/_page\/evidence\/([^/]+)$/.exec(path)?.[1];
    if (check !== undefined && report === undefined) await read();
    const stored = check === undefined ? undefined : await readEvidence(cloud, report, check);
    if (stored !== undefined) return answer(response, 200, 'text/plain', stored);
    return answer(response, 404, 'text/plain', 'The local cloud has no such page.');
  };
}

/** The stored evidence of a check. Reads only an object that the report itself names. */
async function readEvidence(cloud: Cloud, report: Report | undefined, check: string): Promise<string | undefined> {
  for (const step of report?.steps ?? []) {
    for (const { evidence } of step.items) {
      const checks = Array.isArray(evidence['checks']) ? (evidence['checks'] as readonly unknown[]) : [];
      for (const each of checks as readonly Readonly<Record<string, unknown>>[]) {
        const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(String(each['evidence'] ?? '')) ?? [];
        if (encodeURIComponent(String(each['name'])) !== check || !bucket || !key) continue;
        return (await cloud.kernel.readObject(bucket, key)).toString('utf8');
      }
    }
  }
  return undefined;
}

const asset = (name: string): string => readFileSync(join(__dirname, 'assets', name), 'utf8');
const assets: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  ['/_page/page.css', { type: 'text/css', body: asset('page.css') }],
  ['/_page/page.js', { type: 'text/javascript', body: asset('page.js') }],
  ['/_page/icon.svg', { type: 'image/svg+xml', body: asset('icon.svg') }],
  ['/_page/report.css', { type: 'text/css', body: reportStyle }],
]);

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'content-security-policy': pagePolicy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
