import { parser } from '@prometheus-io/lezer-promql';
import { GrammarFault, Syntax } from '../../../engines/wire/grammar';
import { compile } from './compile';
import { place } from './literals';
import { type Expression, PromqlParseError } from './values';

/**
 * Parses a query. Throws PromqlParseError if it is not PromQL, PromqlUnsupported if the evaluator does not support it.
 */
export function parsePromql(query: string): Expression {
  if (query.trim() === '') throw new PromqlParseError('unknown position: parse error: no expression found in input');
  try {
    const syntax = new Syntax(parser, query);
    const [top] = [syntax.top.firstChild];
    if (top === null) throw new GrammarFault(0, '');
    return compile(syntax, top);
  } catch (error) {
    if (!(error instanceof GrammarFault)) throw error;
    const called = /([a-zA-Z_]\w*)\s*$/.exec(query.slice(0, error.position))?.[1];
    const at = `${place(query, error.position)}: parse error: `;
    if (error.unexpected === '(' && called !== undefined) {
      const start = query.slice(0, error.position).lastIndexOf(called);
      throw new PromqlParseError(`${place(query, start)}: parse error: unknown function with name "${called}"`);
    }
    throw new PromqlParseError(
      at + (error.unexpected === '' ? 'unexpected end of input' : `unexpected ${JSON.stringify(error.unexpected)}`),
    );
  }
}
