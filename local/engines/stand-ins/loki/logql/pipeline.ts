import { children, find, findAll, type Syntax, type SyntaxNode, unanchored, unquote } from '../../../wire/grammar';
import { NotImplemented } from '../../../wire/http-server';
import type { Entry } from '../store';
import { parseJsonLine } from './json-stage';
import { readLabelFilter } from './label-filter';
import type { Line } from './line';
import { accepts, type Matcher, readMatcher } from './matcher';

/** Returns undefined to drop the line. */
type Stage = (line: Line) => Line | undefined;

export interface LogPipeline {
  readonly matchers: readonly Matcher[];
  run(entries: readonly Entry[]): Line[];
}

/** A log query's selector and stages: `node` is a LogExpr, or a LogRangeExpr inside a metric query. */
export function readPipeline(syntax: Syntax, node: SyntaxNode): LogPipeline {
  const selector = find(node, 'Selector');
  const matchers = selector ? findAll(selector, 'Matcher').map((each) => readMatcher(syntax, each)) : [];
  const stages = findAll(node, 'PipelineStage').map((stage) => readStage(syntax, stage));
  return {
    matchers,
    run: (entries) =>
      entries
        .filter(({ labels }) => accepts(matchers, labels))
        .flatMap((entry) => {
          let line: Line | undefined = {
            entry,
            text: entry.line,
            labels: { ...entry.labels, ...entry.metadata },
            parsed: new Set(),
          };
          for (const stage of stages) line = line && stage(line);
          return line ?? [];
        }),
  };
}

function readStage(syntax: Syntax, node: SyntaxNode): Stage {
  const stage = children(node).find(({ name }) => name !== 'Pipe');
  switch (stage?.name) {
    case 'LineFilters':
      return lineFilters(syntax, stage);
    case 'LabelParser':
      if (syntax.of(stage) === 'json') return parseJsonLine;
      break;
    case 'LabelFilter': {
      const filter = readLabelFilter(syntax, stage);
      return (line) => (filter(line.labels) ? line : undefined);
    }
    case 'LineFormatExpr':
      return lineFormat(syntax, stage);
    case 'DropLabelsExpr':
      return selectLabels(syntax, stage, 'DropLabel', false);
    case 'KeepLabelsExpr':
      return selectLabels(syntax, stage, 'KeepLabel', true);
  }
  throw new NotImplemented(`the stage "${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
}

function lineFilters(syntax: Syntax, node: SyntaxNode): Stage {
  const tests = findAll(node, 'LineFilter').map((filter) => {
    const operator = syntax.of(filter.getChild('Filter') ?? filter);
    const values = findAll(filter, 'String').map((each) => unquote(syntax.of(each)));
    if (operator === '|=' || operator === '!=') {
      return (text: string) => values.some((value) => text.includes(value)) === (operator === '|=');
    }
    if (operator === '|~' || operator === '!~') {
      const expressions = values.map(unanchored);
      return (text: string) => expressions.some((each) => each.test(text)) === (operator === '|~');
    }
    throw new NotImplemented(`the line filter ${operator} of the query ${syntax.text} is not implemented`);
  });
  return (line) => (tests.every((test) => test(line.text)) ? line : undefined);
}

/** Supports only Go templates of plain fields: `{{.message}}`. */
function lineFormat(syntax: Syntax, node: SyntaxNode): Stage {
  const template = unquote(syntax.of(find(node, 'String') ?? node));
  if (/\{\{(?!\s*\.\w+\s*\}\})/.test(template)) {
    throw new NotImplemented(`the template ${template} of the query ${syntax.text} is not implemented`);
  }
  return (line) => ({
    ...line,
    text: template.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name: string) => line.labels[name] ?? ''),
  });
}

function selectLabels(syntax: Syntax, node: SyntaxNode, kind: 'DropLabel' | 'KeepLabel', keeps: boolean): Stage {
  const labels = findAll(node, kind);
  if (labels.some((label) => find(label, 'Matcher'))) {
    throw new NotImplemented(`the stage "${syntax.of(node)}" of the query ${syntax.text} is not implemented`);
  }
  const names = new Set(labels.map((label) => syntax.of(label)));
  return (line) => ({
    ...line,
    labels: Object.fromEntries(Object.entries(line.labels).filter(([name]) => names.has(name) === keeps)),
  });
}
