import { AwsError } from '../../kernel/contracts';

/**
 * CloudWatch Logs filter patterns for unstructured text: all terms and "quoted phrases" must occur, a `-term` must not,
 * and at least one `?term` must. JSON and space-delimited patterns are refused.
 */
export function compileFilterPattern(pattern: string): (message: string) => boolean {
  const trimmed = pattern.trim();
  if (/^[{[%]/.test(trimmed)) {
    throw new AwsError(
      'UnsupportedOperation',
      `The local cloud supports only filter patterns of terms, not: ${trimmed}`,
    );
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
