import type { IncomingMessage } from 'node:http';

/**
 * The reason to refuse a request, or undefined. A web page in the developer's browser must not reach the local cloud.
 * Origin and Sec-Fetch-Site show a request of a foreign page; Host shows DNS rebinding.
 */
export function refusalOfForeignPage(request: IncomingMessage, port: number): string | undefined {
  const host = request.headers.host ?? '';
  const own = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!own.includes(host)) return `The local cloud does not answer for the host "${host}"; use 127.0.0.1:${port}.`;
  const origin = request.headers.origin;
  if (origin !== undefined && !own.some((name) => origin === `http://${name}`)) {
    return `The local cloud does not answer pages of ${origin}.`;
  }
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' && request.headers['sec-fetch-mode'] !== 'navigate') {
    return 'The local cloud does not answer cross-site requests.';
  }
  return undefined;
}
