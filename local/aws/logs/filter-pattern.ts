import { AwsError } from '../../kernel/contracts';

/**
 * CloudWatch Logs filter patterns for unstructured text: terms and "quoted phrases" that must all be there, `-term` that must not,
 * and `?term` of which one must. JSON and space-delimited patterns are refused.
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw new AwsError('UnsupportedOperation', `The local cloud knows only term filter patterns, not: ${trimmed}`);
  }
  const terms = [...trimmed.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, mode = '', quoted, word]) => ({
    mode,
    text: quoted?.replace(/\\(.)/g, '$1') ?? word ?? '',
  }));
  const all = terms.filter((term) => term.mode === '');
  const none = terms.filter((term) => term.mode === '-');
  const any = terms.filter((term) => term.mode === '?');
  return (message) =>
    all.every((term) => message.includes(term.text)) &&
    !none.some((term) => message.includes(term.text)) &&
    (any.length === 0 || any.some((term) => message.includes(term.text)));
}
