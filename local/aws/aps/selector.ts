import { parser } from '@prometheus-io/lezer-promql';
import { GrammarFault, Syntax } from '../../engines/wire/grammar';
import { readMatchers } from './promql/compile';
import { type Matcher, PromqlParseError } from './promql/values';

/** The matchers of a `match[]` parameter. Throws PromqlParseError if it is not a vector selector. */
export function readSelector(text: string): readonly Matcher[] {
  try {
    const syntax = new Syntax(parser, text);
    const node = syntax.top.firstChild;
    if (node?.name === 'VectorSelector') return readMatchers(syntax, node);
  } catch (error) {
    if (!(error instanceof GrammarFault)) throw error;
  }
  throw new PromqlParseError(`parse error: ${JSON.stringify(text)} is not a series selector`);
}
