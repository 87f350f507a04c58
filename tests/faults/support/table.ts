import type { ExpectedFault } from '../expected/fault';
import type { Tried } from './try-fault';

/** The places of docs/reliability.md that are generated. */
export interface Place {
  readonly begin: string;
  readonly end: string;
}

export const resultsPlace: Place = {
  begin: '<!-- results: written by npm run test:faults -->',
  end: '<!-- end of results -->',
};

/** One table per plane: what was broken, how often, expected and actual result. */
export function renderTable(faults: readonly ExpectedFault[], tried: ReadonlyMap<string, Tried>): string {
  const survived = faults.filter(({ id }) => tried.get(id)?.survived).length;
  const count = faults.filter(({ id }) => tried.has(id)).length;
  const planes = [...new Set(faults.map(({ plane }) => plane))];
  const sections = planes.flatMap((plane) => {
    const own = faults.filter((fault) => fault.plane === plane);
    const expectations = [...new Set(own.map(({ expected }) => expected))];
    const shared = expectations.length < own.length / 2;
    return [
      `### ${plane[0]?.toUpperCase()}${plane.slice(1)}`,
      '',
      ...(shared ? [...expectations.map((expected, index) => `${index + 1}. ${expected}`), ''] : []),
      '| broken | how often | expected | result |',
      '| --- | --- | --- | --- |',
      ...own.map((fault) =>
        row(fault, tried.get(fault.id), shared ? `${expectations.indexOf(fault.expected) + 1}` : fault.expected),
      ),
      '',
    ];
  });
  return [`${count} faults tried, ${survived} survived, of ${faults.length} in the tables.`, '', ...sections].join(
    '\n',
  );
}

/** The document's text with the table inserted. Throws when the document has no place for it. */
export function withTable(text: string, table: string, { begin, end }: Place): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/reliability.md has no place "${begin}".`);
  return `${before}${begin}\n\n${table}\n${end}${after}`;
}

/** The current content of that place. */
export const between = (text: string, { begin, end }: Place) => text.split(begin)[1]?.split(end)[0] ?? '';

/** The table's committed rows: broken, how often, result. */
export function rowsOf(text: string): readonly (readonly [broken: string, often: string, result: string])[] {
  return between(text, resultsPlace)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (broken|---)/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
    .map(([, broken = '', often = '', , result = '']) => [broken, often, result] as const);
}

function row({ broken, often }: ExpectedFault, tried: Tried | undefined, expected: string): string {
  const note = tried?.note === undefined ? '' : ` (${tried.note})`;
  const result =
    tried === undefined ? 'not tried' : tried.survived ? `survived${note}` : `**not survived**: ${tried.seen}${note}`;
  return `| ${[broken, often, expected, result].map(cell).join(' | ')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s+/g, ' ').slice(0, 400);
}
