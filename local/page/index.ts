import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Report, renderPage, reportStyle } from '../../report';
import type { Cloud, NamedUrl, Part } from '../cloud/contracts';
import type { RawHandler } from '../kernel/contracts';
import type { Signals } from './contracts';
import { createHub, type Hub } from './hub';
import { document, sections, type View } from './render/document';
import { nameOf, Runs, runToShow } from './runs';
import { readSignals } from './signals';
import { watchTester } from './tester-run';
import { readWaiting } from './waiting';

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
      await serve(new URL(request.url ?? '/', 'http://localhost'), response);
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

type Serve = (url: URL, response: ServerResponse) => Promise<void>;

function servePage(cloud: Cloud, description: Description): Serve {
  const latestRun = watchTester(cloud.lambda);
  const runs = new Runs(cloud);
  let signals: Signals | undefined;
  let signalsAt = 0;

  const read = async (wanted?: string): Promise<View> => {
    const urls = description.urls();
    const all = await runs.all(Object.fromEntries(urls.map(({ name, url }) => [name, url])));
    const report = wanted === undefined ? runToShow(all) : all.find((one) => nameOf(one) === wanted);
    const run = latestRun();
    const now = cloud.kernel.now();
    if (run !== undefined && (signals?.run !== run || now.getTime() - signalsAt >= signalsAge)) {
      signalsAt = now.getTime();
      signals = await readSignals(cloud, run, now.getTime());
    }
    return {
      report,
      runs: all,
      ...(wanted !== undefined && { wanted }),
      isDeployed: cloud.cloudFormation.stacks.active().some(({ name }) => name === report?.stack),
      waiting: report?.outcome === 'running' ? await readWaiting(cloud, report) : [],
      signals,
      urls,
      parts: description.parts(),
      readAt: now,
    };
  };
  const hubs = new Map<string, Hub>();
  const hubOf = (wanted: string | undefined): Hub => {
    const hub = hubs.get(wanted ?? '') ?? createHub(async () => sections(await read(wanted)), cloud.kernel.closing);
    hubs.set(wanted ?? '', hub);
    return hub;
  };

  return async (url, response) => {
    const path = url.pathname;
    const asset = assets.get(path);
    if (asset) return answer(response, 200, asset.type, asset.body);
    if (path === '/') return answer(response, 200, 'text/html', document(await read()));
    if (path === '/_page/events') {
      const wanted = url.searchParams.get('run') ?? undefined;
      return hubOf(wanted !== undefined && (await read(wanted)).report ? wanted : undefined).attach(response);
    }
    const [, name, part, check] = /^\/_page\/runs\/([^/]+)(?:\/(report|evidence)(?:\/([^/]+))?)?$/.exec(path) ?? [];
    const isLatest = path === '/_page/report';
    const view = name !== undefined || isLatest ? await read(name) : undefined;
    if (!view?.report) return answer(response, 404, 'text/plain', missing(name));
    if (isLatest || (part === 'report' && check === undefined))
      return answer(response, 200, 'text/html', renderPage(view.report), { 'content-security-policy': reportPolicy });
    if (part === undefined) return answer(response, 200, 'text/html', document(view));
    const { status, text } = await readEvidence(cloud, view.report, check ?? '');
    return answer(response, status, 'text/plain', text);
  };
}

function missing(run: string | undefined): string {
  return run === undefined
    ? 'The local cloud has no such page.'
    : 'The local cloud keeps no run of this name. It keeps the last runs since it was started: see the list at /.';
}

/** The stored evidence of a check. Reads only an object that the report itself names. */
async function readEvidence(
  cloud: Cloud,
  report: Report,
  check: string,
): Promise<{ readonly status: number; readonly text: string }> {
  for (const step of report.steps) {
    for (const { evidence } of step.items) {
      const checks = Array.isArray(evidence['checks']) ? (evidence['checks'] as readonly unknown[]) : [];
      for (const each of checks as readonly Readonly<Record<string, unknown>>[]) {
        const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(String(each['evidence'] ?? '')) ?? [];
        if (encodeURIComponent(String(each['name'])) !== check || !bucket || !key) continue;
        const stored = await cloud.kernel.readObject(bucket, key).catch(() => undefined);
        if (stored) return { status: 200, text: stored.toString('utf8') };
        return { status: 410, text: 'This evidence is gone: the audit bucket was deleted with the stack.' };
      }
    }
  }
  return { status: 404, text: 'This run has no such check.' };
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
