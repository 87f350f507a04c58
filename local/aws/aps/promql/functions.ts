import { children, find, type Syntax, type SyntaxNode } from '../../../engines/wire/grammar';
import { typeName } from './aggregate';
import { instantFunctions } from './instant-functions';
import { place } from './literals';
import { rangeFunctions } from './range-functions';
import { type Expression, PromqlParseError, PromqlUnsupported, vector, without } from './values';

type Compile = (syntax: Syntax, node: SyntaxNode) => Expression;

/** Compiles a function call. Throws PromqlUnsupported, which names the function, if it is not supported. */
export function callFunction(syntax: Syntax, node: SyntaxNode, compile: Compile): Expression {
  const name = syntax.of(find(node, 'FunctionIdentifier') ?? node);
  const nodes = children(node.getChild('FunctionCallBody') ?? node);
  const args = nodes.map((each) => compile(syntax, each));
  const range = rangeFunctions[name];
  if (range) {
    const wanted = range.parameters + 1;
    if (args.length !== wanted) {
      throw new PromqlParseError(
        `${place(syntax.text, node.from)}: parse error: expected ${wanted} argument(s) in call to "${name}", got ${args.length}`,
      );
    }
    const operand = args[range.position];
    if (operand?.type !== 'matrix') {
      throw new PromqlParseError(
        `${place(syntax.text, nodes[range.position]?.from ?? node.from)}: parse error: expected type range vector in call to function "${name}", got ${typeName(operand)}`,
      );
    }
    const parameter = args.find((each) => each !== operand);
    return vector((moment) => {
      const { series, from, to } = operand.at(moment);
      const given = parameter?.type === 'scalar' ? parameter.at(moment) : 0;
      return series.flatMap(({ labels, times, values }) => {
        const value = range.measure({ times, values, from, to }, given);
        return value === undefined ? [] : [{ labels: range.keepsName ? labels : without(labels, '__name__'), value }];
      });
    });
  }
  const instant = instantFunctions[name];
  if (instant === undefined) throw new PromqlUnsupported(`the function ${name}() is not evaluated here`);
  return instant(
    args,
    (message) => new PromqlParseError(`${place(syntax.text, node.from)}: parse error: ${message}`),
    name,
  );
}
