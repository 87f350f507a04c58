import { durationMs } from '../../../engines/stand-ins/process';
import { PromqlParseError } from './values';

/** `5m`, `1h30m`, or seconds as a number, in milliseconds. Throws PromqlParseError. */
export function parseDuration(text: string): number {
  const milliseconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : readDuration(text);
  if (milliseconds <= 0) throw new PromqlParseError('parse error: duration must be greater than 0');
  return milliseconds;
}

/** A number or, since Prometheus 3, a duration in seconds. */
export function parseNumber(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const value = Number(text.replaceAll('_', ''));
  return Number.isNaN(value) ? readDuration(text) / 1000 : value;
}

function readDuration(text: string): number {
  try {
    return durationMs(text);
  } catch (error) {
    throw new PromqlParseError(`parse error: not a valid duration string: "${text}"`, { cause: error });
  }
}

/** A position in a query in Prometheus's format: `line:column`, both from 1. */
export function place(query: string, position: number): string {
  const lines = query.slice(0, position).split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
