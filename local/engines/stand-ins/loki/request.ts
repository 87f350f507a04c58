/** Shared by the routes of the query API: parsing a query and a time range, and the form of an answer. */
import { parser } from '@grafana/lezer-logql';
import { GrammarFault, Syntax } from '../../wire/grammar';
import { BadRequest, type HttpAnswer, type HttpRequest } from '../../wire/http-server';
import { durationMs } from '../process';
import type { Matcher } from './logql/matcher';

export function readQuery({ query }: HttpRequest): Syntax {
  return parseQuery(query.get('query') ?? '');
}

export function parseQuery(text: string): Syntax {
  try {
    if (text.trim() === '') throw new GrammarFault(0, '');
    return new Syntax(parser, text);
  } catch (error) {
    if (!(error instanceof GrammarFault)) throw error;
    const before = text.slice(0, error.position).split('\n');
    const what = error.unexpected === '' ? '$end' : error.unexpected;
    throw new BadRequest(
      `parse error at line ${before.length}, col ${(before.at(-1)?.length ?? 0) + 1}: syntax error: unexpected ${what}`,
    );
  }
}

export function isMetric({ top }: Syntax): boolean {
  return top.firstChild?.firstChild?.name === 'MetricExpr';
}

/** Refuses a selector that every stream could match. */
export function requireMatcher(matchers: readonly Matcher[]): void {
  if (matchers.every(({ matchesEmpty }) => matchesEmpty))
    throw new BadRequest(
      'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    );
}

export function readWindow(query: URLSearchParams, defaultMs = 3_600_000): { start: bigint; end: bigint } {
  const end = readTime(query.get('end'), nowNs());
  const since = query.get('since');
  const back = BigInt(since === null ? defaultMs : durationMs(since)) * 1_000_000n;
  const start = readTime(query.get('start'), end - back);
  if (end < start) throw new BadRequest(`end timestamp must not be before or equal to start time`);
  return { start, end };
}

/** Nanoseconds as an integer of 19 digits, seconds as a shorter number with or without a fraction, or RFC 3339. */
export function readTime(text: string | null, otherwise: bigint): bigint {
  if (text === null || text === '') return otherwise;
  if (/^\d{11,}$/.test(text)) return BigInt(text);
  if (/^\d+(\.\d+)?$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n;
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new BadRequest(`could not parse '${text}' as a time`);
  return BigInt(parsed) * 1_000_000n;
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}

export function success(data: unknown): HttpAnswer {
  return { status: 200, body: { status: 'success', data } };
}
