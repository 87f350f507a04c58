import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './documents';

interface Fact {
  readonly section: string;
  readonly id: string;
  readonly assumed: string;
  readonly source: string;
  readonly rehearsed: string;
  readonly otherwise: string;
}

const ledger = 'docs/aws-facts.md';
const columns = ['id', 'assumed', 'source', 'rehearsed by', 'if it is wrong'];
const sections = [
  'Workspace front end',
  'Workspace control plane',
  'CloudFormation and network',
  'ECS',
  'Lambda',
  'Step Functions',
  'Managed Prometheus',
  'S3, SNS, EventBridge, CloudWatch',
  'Quotas and regions',
  'Engines on AWS',
];
const rooms = 'bench functions grafana local params plugin report resources scripts service statemachines tests'.split(
  ' ',
);

const { tables, facts } = readLedger();
const withoutSource = facts.filter(({ source }) => source.includes('**no evidence**'));
const code = codeFiles();
const isIn = (word: string) => [...code.values()].some((text) => text.includes(word));

it('has each section once, with one table of the same columns', () => {
  expect(tables.map(({ section }) => section)).toEqual(sections);
  for (const { header } of tables) expect(header).toEqual(columns);
});

it(`has ${facts.length} rows: ${facts.length - withoutSource.length} with a source, ${withoutSource.length} without`, () => {
  expect(facts.length).toBeGreaterThan(0);
  const wrong = facts.filter((fact) => Object.values(fact).some((cell) => cell === '' || cell === undefined));
  expect(wrong.map(({ id }) => id)).toEqual([]);
  expect(facts.filter(({ id }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)).map(({ id }) => id)).toEqual([]);
});

it('has each id once, in alphabetical order in its section', () => {
  const ids = facts.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  for (const section of sections) {
    const inSection = facts.filter((fact) => fact.section === section).map(({ id }) => id);
    expect(inSection).toEqual(inSection.toSorted((a, b) => (a < b ? -1 : 1)));
  }
});

it('names sources in one of the forms that its head lists', () => {
  const forms = [
    /^\*\*no evidence\*\*$/,
    // A page's file name, such as v12-Grafana-API-Plugin, is not a title.
    /^doc: (?!\S*[-_]\S*(?:,| \(|$))\S.{5,}$/,
    /^issue: [\w.-]+\/[\w.-]+#\d+$/,
    /^code: [\w.-]+\/[\w.-]+ \S+$/,
    /^model: client-[a-z0-9-]+ [A-Z]\w+$/,
    /^run: \S.{5,}$/,
  ];
  const wrong = facts.flatMap(({ id, source }) =>
    partsOf(source)
      .filter((part) => !forms.some((form) => form.test(part)))
      .map((part) => `${id}: ${part}`),
  );
  expect(wrong).toEqual([]);
});

it('names shapes that the model of the SDK has', () => {
  const wrong = facts.flatMap(({ id, source }) =>
    partsOf(source)
      .flatMap((part) => [...part.matchAll(/^model: (client-[a-z0-9-]+) (\w+)$/g)])
      .filter(([, client = '', shape = '']) => !typesOf(client).some((text) => new RegExp(`\\b${shape}\\b`).test(text)))
      .map(([part]) => `${id}: ${part}`),
  );
  expect(wrong).toEqual([]);
});

it('names tests that exist, or says why a row is not rehearsed', () => {
  const wrong = facts.filter(({ rehearsed }) => {
    const named = [...rehearsed.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    if (named.length === 0) return !/^not rehearsed: \S.{5,}$/.test(rehearsed);
    return !named.every((name) => /^(local\/)?tests\/.+\.test\.ts$/.test(name) && existsSync(path.join(root, name)));
  });
  expect(wrong.map(({ id, rehearsed }) => `${id}: ${rehearsed}`)).toEqual([]);
});

it('has a second way or a clear error for each row without a source', () => {
  expect(
    withoutSource.filter(({ otherwise }) => !/^(second way|error): \S/.test(otherwise)).map(({ id }) => id),
  ).toEqual([]);
});

it('names errors that the code has', () => {
  const wrong = facts.flatMap(({ id, otherwise }) =>
    [...otherwise.matchAll(/error: ([^;]*)/g)].flatMap(([, said = '']) => {
      const names = [...said.matchAll(/`([A-Z][\w.]+)`/g)].map(([, name = '']) => name);
      return names.length === 0 || !names.every(isIn) ? [`${id}: ${said}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});

it('has every id that code and tests cite', () => {
  const known = new Set(facts.map(({ id }) => id));
  const unknown = [...code].flatMap(([file, text]) =>
    [...text.matchAll(/aws-facts: ([a-z0-9-]+)/g)]
      .filter(([, id = '']) => !known.has(id))
      .map(([cited]) => `${file}: ${cited}`),
  );
  expect(unknown).toEqual([]);
});

function readLedger() {
  const text = readFileSync(path.join(root, ledger), 'utf8');
  const read = text
    .split(/^## /m)
    .slice(1)
    .map((part) => {
      const [section = '', ...lines] = part.split('\n');
      const [header = [], , ...rows] = lines.filter((line) => line.startsWith('|')).map(cellsOf);
      return { section: section.trim(), header, rows };
    });
  return {
    tables: read,
    facts: read.flatMap(({ section, rows }) =>
      rows.map(([id = '', assumed = '', source = '', rehearsed = '', otherwise = '', ...more]): Fact => {
        if (more.length > 0) throw new Error(`${ledger}: row ${id} has more than five cells; write | as \\|`);
        return { section, id, assumed, source, rehearsed, otherwise };
      }),
    ),
  };
}

/** The cells of a table's line; `\|` is a bar in a cell. */
function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

function partsOf(source: string): readonly string[] {
  return source.split(/;\s+/);
}

/** The type declarations of an SDK client, which contain its shapes. */
function typesOf(client: string): readonly string[] {
  const folder = path.join(root, `node_modules/@aws-sdk/${client}/dist-types/models`);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

function codeFiles(): ReadonlyMap<string, string> {
  const files = rooms
    .flatMap((room) =>
      readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`),
    )
    .filter((file) => /\.(?:[cm]?[jt]s|ya?ml|json)$/.test(file) && !/(?:^|\/)(?:node_modules|\.[^/]+)\//.test(file));
  return new Map(['serverless.yml', ...files].map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}
