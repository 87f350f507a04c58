import { input } from '../input';
import { loads } from '../load';
import { security } from '../security';
import { about, type Statement, tested } from './statement';

const documents = 'service/documents';
const protocol = 'service/protocol';
const refused = 'a body that is %s is refused with 400';
const badKey = 'keys that are %s are refused with 400 and no S3 call';
const badPath = 'keys are refused in a path too: %s';

/** Statements about requests to the service. */
export const ofRequests: readonly Statement[] = [
  ...about('Bodies', [
    ['Invalid JSON → 400 problem+json, no stack', tested(documents, refused, 'broken JSON'), input.bodies],
    [
      '`null` or a primitive → 400',
      tested(documents, refused, 'null', 'a string', 'a number'),
      tested('unit/service/document', 'parseDocument answers any bytes with a document or a problem of status 400'),
    ],
    ['empty body → 400', tested(documents, refused, 'nothing')],
    [
      'not application/json → 415',
      tested(documents, 'a body sent as %s is refused with 415', 'text/plain', 'a form'),
      tested(documents, 'a body without a content type is refused with 415'),
    ],
    ['unknown charset → 415', tested(documents, 'a body sent as %s is refused with 415', 'an unknown charset')],
    [
      'over the limit → 413, chunked too',
      tested(documents, 'a body of exactly the limit is accepted, one byte more is 413'),
      tested(documents, 'a body that is too large is 413 when it comes in chunks without a length'),
      loads.tenMinutes,
    ],
    ['exactly at the limit → 2xx', tested(documents, 'a body of exactly the limit is accepted, one byte more is 413')],
    [
      '100,000-deep nesting → 400',
      tested('unit/service/document', 'parseDocument refuses 100,000 levels, %s, before they are parsed'),
      tested(documents, refused, 'very deep nesting', 'unclosed deep nesting'),
    ],
    [
      'Content-Length too short or an abort → closed, no object stored',
      tested(
        protocol,
        'a body longer than its Content-Length is cut there: broken JSON is 400, and the rest is not taken for a request',
      ),
      tested(protocol, 'a body that ends early is not stored, and counts as the caller’s error'),
    ],
  ]),
  ...about('Keys', [
    [
      '`..` raw or encoded → 400 and no S3 call',
      tested(documents, badKey, 'a parent segment', 'a parent segment inside'),
      tested(documents, badPath, '%2e%2e/secret', 'a/%2E%2E/b'),
      tested(documents, 'keys cannot leave the prefix by a path with raw dots'),
      security.serviceTraversal,
    ],
    [
      'control characters, `%00` → 400',
      tested(documents, badKey, 'a null character', 'a line break', 'a C1 control character'),
      tested(documents, badPath, 'a%00b', 'a%0Ab'),
      security.serviceTraversal,
    ],
    ['`%ZZ` → 400', tested(documents, badPath, '%ZZ')],
    [
      'over 1,024 bytes of UTF-8 → 400',
      tested(documents, badKey, 'more than 1,024 bytes with the prefix'),
      tested('unit/service/key', 'objectKey refuses by bytes, not by characters'),
    ],
    [
      'outside the prefix → 400 or 404',
      tested(documents, 'keys cannot leave the prefix by a path with raw dots'),
      security.serviceTraversal,
    ],
    ['missing → 404', tested(documents, 'a document that does not exist is 404')],
    [
      'Unicode, space, `+`, `%2F` → exact round trip',
      tested(
        documents,
        'keys with %s make the round trip exactly',
        'Unicode',
        'a space',
        'a plus sign',
        'an encoded slash',
      ),
      input.roundTrip,
    ],
    [
      'The key that the client sends is the key that is stored',
      tested(documents, 'a document is returned byte for byte under the key that the caller chose'),
      tested('unit/service/key', 'objectKey accepts a key and keeps it exactly, or refuses it: it never changes one'),
    ],
  ]),
  ...about('Protocol', [
    ['Wrong method → 405 with Allow', tested(documents, 'routes %s %s is 405 with Allow: %s')],
    ['20 KB header → 431', tested(protocol, 'a connection with headers of 20 KB is answered 431 and closed')],
    [
      'slow headers → closed at headersTimeout',
      tested(protocol, 'a connection whose headers come too slowly is closed at the time-out'),
      tested(protocol, 'a connection that sends nothing is closed, too'),
    ],
    [
      'slow body → 408 or closed',
      tested(protocol, 'a body that comes too slowly is answered 408, and nothing is stored'),
    ],
    [
      '1,000 idle sockets → /health under a second',
      tested(protocol, '/health answers beside a thousand idle connections'),
    ],
    [
      'in-flight cap → 503 with Retry-After',
      tested(
        protocol,
        'at the cap of requests in flight one more is 503 with Retry-After at once; probes still answer',
      ),
      loads.twice,
    ],
    [
      "keep-alive longer than the ALB's 60 s idle time-out",
      tested(protocol, 'a connection is kept open for longer than a load balancer keeps it'),
    ],
  ]),
];
