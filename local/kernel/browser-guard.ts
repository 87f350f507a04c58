import type { IncomingMessage } from 'node:http';

/**
 * Why a request must not be served, or undefined. The cloud runs on a developer's machine, next to a browser: a web page must not be able
 * to reach it, neither from its own origin (Origin, Sec-Fetch-Site) nor through a name that resolves to 127.0.0.1 (Host).
 */
export function refuseForeign(request: IncomingMessage, port: number): string | undefined {
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
