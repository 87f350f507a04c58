/** Normalises the four forms of a request target (RFC 9112, 3.2) to path and query, for routes, spans and metrics. */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { Problem } from '../domain/problem';

type Special = 'asterisk' | 'malformed';

const special = new WeakMap<IncomingMessage, Special>();

/**
 * Sets `req.url` to path and query; scheme and authority of a proxy's absolute form are removed. `*` and malformed
 * targets become `/` and are answered by `answerSpecialTargets`. Call it before anything reads `req.url`: Express
 * parses anything but a path with Node's deprecated url.parse().
 */
export function normalizeTarget(req: IncomingMessage): void {
  const target = req.url ?? '';
  if (ORIGIN_FORM.test(target)) return;
  const absolute = ABSOLUTE_FORM.exec(target);
  if (absolute !== null) {
    const [, path = '', query = ''] = absolute;
    req.url = `${path || '/'}${query}`;
    // RFC 9112, 3.2.4: a proxy writes `OPTIONS *` in this form.
    if (req.method === 'OPTIONS' && path === '' && query === '') special.set(req, 'asterisk');
    return;
  }
  req.url = '/';
  special.set(req, target === '*' && req.method === 'OPTIONS' ? 'asterisk' : 'malformed');
}

/** Answers 204 for `OPTIONS *` and 400 for a malformed request target. */
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

/** Visible ASCII without `#`. RFC 3986 allows less; the routes reject the rest. */
const CHARACTER = String.raw`[\x21\x22\x24-\x7e]`;
const ORIGIN_FORM = new RegExp(`^/${CHARACTER}*$`);
/** An authority has no user information (RFC 9110, 4.2.4). */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#@\s]+(\/[\x21\x22\x24-\x3e\x40-\x7e]*)?(\?[\x21\x22\x24-\x7e]*)?$/i;
