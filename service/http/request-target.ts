/** The four forms of a request target (RFC 9112, 3.2), brought to the one that routes, spans and metrics know: a path and a query. */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';

type Special = 'asterisk' | 'malformed';

const special = new WeakMap<IncomingMessage, Special>();

/**
 * Sets `req.url` to path and query: what a proxy's absolute form names before them is left out. `*`, and what is no target, become `/`;
 * `answerSpecialTargets` knows them. To be called before anything reads `req.url`: Express would parse what is no path with
 * Node's deprecated url.parse().
 */
export function normalizeTarget(req: IncomingMessage): void {
  const target = req.url ?? '';
  if (ORIGIN_FORM.test(target)) return;
  const absolute = ABSOLUTE_FORM.exec(target);
  if (absolute !== null) {
    const [, path = '', query = ''] = absolute;
    req.url = `${path || '/'}${query}`;
    // RFC 9112, 3.2.4: so a proxy writes what its client sent as `OPTIONS *`.
    if (req.method === 'OPTIONS' && path === '' && query === '') special.set(req, 'asterisk');
    return;
  }
  req.url = '/';
  special.set(req, target === '*' && req.method === 'OPTIONS' ? 'asterisk' : 'malformed');
}

/** 204 for `OPTIONS *`, 400 for what is no request target; everything else goes on. */
export function answerSpecialTargets(allow: string): RequestHandler {
  return (req, res, next) => {
    switch (special.get(req)) {
      case undefined:
        return next();
      case 'asterisk':
        res.writeHead(204, { Allow: allow }).end();
        return;
      case 'malformed':
        throw new Problem(
          'malformed-request',
          'The request target is neither a path nor an http URL; it has no fragment, and what is not ASCII is percent-encoded.',
        );
    }
  };
}

/** Visible ASCII without `#`. Node's parser lets more through than RFC 3986 does; the routes refuse the rest. */
const CHARACTER = String.raw`[\x21\x22\x24-\x7e]`;
const ORIGIN_FORM = new RegExp(`^/${CHARACTER}*$`);
/** An authority has no user information (RFC 9110, 4.2.4). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#@\s]+(\/[\x21\x22\x24-\x3e\x40-\x7e]*)?(\?[\x21\x22\x24-\x7e]*)?$/i;
