import type { Clock } from '../domain/clock';
import { GrafanaRejected, GrafanaUnavailable, NetworkAccessRefused, RouteNotAllowed } from '../domain/errors';
import type { Grafana, GrafanaAnswer, GrafanaRequest, Method } from '../domain/grafana';
import { grafanaUrl } from '../domain/naming';
import { readThrown } from '../domain/thrown';
import { shapeMismatch } from './grafana-answers';
import { readAtMost } from './read-at-most';

/** Four attempts, about 4 s of waiting in all. The state machine retries after longer outages. */
const TRIES = 4;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/** Called for a token at first, and again after a 401, which a restarted Grafana returns for a while. */
export type TokenSource = { current(): Promise<string>; renew(): Promise<string> };

/**
 * Grafana's HTTP API with limits on time, size and retries. 429, 5xx, lost connections and responses of another shape
 * are retried; a 401 once, with a new token. Throws RouteNotAllowed and NetworkAccessRefused at once.
 */
export function connectGrafana(endpoint: string, clock: Clock, token?: TokenSource): Grafana {
  const base = grafanaUrl(endpoint);
  return {
    async request(method, path, request = {}) {
      const name = `${method} ${path.split('?')[0]}`;
      let renewed = false;
      for (let attempt = 1; ; attempt++) {
        const last = attempt >= TRIES || request.retry === false;
        const bearer = await (renewed ? token?.renew() : token?.current());
        const sent = await send(base, method, path, request, bearer);
        if (sent instanceof Error) {
          if (last) throw new GrafanaUnavailable(name, sent.message, sent);
        } else {
          const { status, body } = sent.answer;
          const refused = refusalOf(status, body, name);
          if (refused) throw refused;
          if (status < 400 || request.accept?.includes(status)) return sent.answer;
          if (status === 401 && token && !renewed) {
            renewed = true;
            continue;
          }
          if (!isTransient(status)) throw new GrafanaRejected(name, status, messageOf(sent.answer.body));
          if (last) throw new GrafanaUnavailable(name, `${status} ${messageOf(sent.answer.body)}`, undefined, status);
        }
        const wait = sent instanceof Error ? undefined : sent.retryAfterMs;
        await clock.sleep(Math.min(wait ?? FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2), LONGEST_WAIT_MS));
      }
    },
  };
}

async function send(
  base: string,
  method: Method,
  path: string,
  request: GrafanaRequest,
  bearer: string | undefined,
): Promise<{ readonly answer: GrafanaAnswer; readonly retryAfterMs: number | undefined } | Error> {
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...request.headers,
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      // A redirect leads to the log-in page, which must not count as a response.
      redirect: 'manual',
      signal: AbortSignal.timeout(request.timeout ?? 15_000),
    });
    const text = await textOf(response);
    if (response.status >= 300 && response.status < 400) {
      return new Error(`redirected to ${response.headers.get('location') ?? 'nowhere'}`);
    }
    if (response.ok && text !== '' && !isJson(text) && !isProxied(path)) {
      return new Error(
        `answered ${response.status} with ${response.headers.get('content-type') ?? 'text'} instead of JSON`,
      );
    }
    const body = parse(text);
    const wrong = response.ok ? shapeMismatch(method, path, body) : undefined;
    if (wrong !== undefined) return new Error(`answered ${response.status} with another shape: ${wrong}`);
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return {
      answer: { status: response.status, body },
      retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    };
  } catch (error) {
    const { message, cause } = readThrown(error);
    return new Error(cause?.message ? `${message} (${cause.message})` : message, { cause: error });
  }
}

/**
 * Recognizes a plain-text refusal by the workspace's front end, which then does not forward the request to Grafana. A
 * retry does not help, and no caller may take it for Grafana's own 400 or 403. aws-facts: workspace-not-allowed,
 * workspace-network-access
 */
function refusalOf(status: number, body: unknown, request: string): RouteNotAllowed | NetworkAccessRefused | undefined {
  if (typeof body !== 'string') return undefined;
  if (status === 400 && /^\s*Bad Request: Not allowed\.?\s*$/i.test(body)) return new RouteNotAllowed(request);
  if (status === 403 && /^\s*Forbidden\.?\s*$/i.test(body)) return new NetworkAccessRefused(request);
  return undefined;
}

async function textOf({ body }: Response): Promise<string> {
  return body === null ? '' : (await readAtMost(body as AsyncIterable<Uint8Array>)).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isJson(text: string): boolean {
  return parse(text) !== text;
}

/** A data source's backend may answer plain text: Tempo's `/api/echo` does. */
function isProxied(path: string): boolean {
  return path.startsWith('/api/datasources/proxy/');
}

/** 501 is an answer ("this engine cannot"), not an outage. */
function isTransient(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501);
}

/** The message of Grafana's error answer, cut to a line. */
function messageOf(body: unknown): string {
  const message = typeof body === 'object' && body !== null && 'message' in body ? body.message : body;
  return (typeof message === 'string' ? message : JSON.stringify(message ?? '')).slice(0, 300);
}
