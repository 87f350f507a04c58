import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { commands as pluginCommands } from '../../../plugin/commands';
import { exitCodes } from '../../../plugin/exit-codes';
import { anchorsOf, documents, linksOf, root } from './documents';

const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
const { schema } = require('../../../params') as { schema: Record<string, unknown> };
const frameworkCommands = require('serverless/lib/cli/commands-schema/aws-service') as Map<
  string,
  { options: Record<string, { shortcut?: string }> }
>;

const textOf = (file: string): string => documents.find((document) => document.file === file)?.text ?? '';

/** Paths in documents that are generated, not committed. */
const made = /^(?:node_modules|\.local|\.serverless|dist)(?:\/|$)/;

/** Container images whose names look like paths of ours. */
const images = new Set(['grafana/loki', 'grafana/tempo']);

describe.each(documents)('$file', ({ file, text, code }) => {
  it('links to files and headings that exist', () => {
    const broken = linksOf(text).filter((target) => !/^(?:https?|mailto):/.test(target) && !resolves(file, target));
    expect(broken).toEqual([]);
  });

  it('names paths of the repository that exist', () => {
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const isPath = new RegExp(`^(?:${folders.map(({ name }) => name.replace('.', '\\.')).join('|')})/[\\w./-]*$`);
    const missing = code.filter(
      (name) => isPath.test(name) && !made.test(name) && !images.has(name) && !existsSync(path.join(root, name)),
    );
    expect(missing).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const named = code.flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test))\b/g)].map(([, run, short]) => run ?? short ?? ''),
    );
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names verbs and options that exist', () => {
    const wrong = code
      .filter((line) => /\b(?:npx )?sls [a-z]/.test(line))
      .flatMap((line) => unknownWords(line).map((word) => `${word} in "${line}"`));
    expect(wrong).toEqual([]);
  });

  it('names parameters that exist', () => {
    const named = code.flatMap((line) =>
      [...line.matchAll(/--param="?([A-Za-z0-9]+)=/g)].map(([, name]) => name ?? ''),
    );
    expect(named.filter((name) => !(name in schema))).toEqual([]);
  });
});

it('leads from README.md to every document', () => {
  const found = new Set<string>();
  const open = ['README.md'];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const folder = path.dirname(file);
    open.push(...linksOf(textOf(file)).map((target) => path.join(folder, target.split('#')[0] ?? '')));
  }
  expect(documents.map(({ file }) => file).filter((file) => !found.has(file))).toEqual([]);
});

it('has an exit code of each kind in its list', () => {
  const listed = [...textOf('docs/operations.md').matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(listed.toSorted((a, b) => a - b)).toEqual([1, ...Object.values(exitCodes)].toSorted((a, b) => a - b));
});

it.each(['setup', 'teardown'])('describes every state of the %s machine that does something', (machine) => {
  const { States } = parse(readFileSync(path.join(root, `statemachines/${machine}.asl.yaml`), 'utf8'), {
    merge: true,
  }) as {
    States: Record<string, { Type: string }>;
  };
  const told = new Set(textOf('docs/state-machine.md').match(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/g));
  const working = Object.entries(States).filter(([, { Type }]) => Type === 'Task' || Type === 'Map');
  expect(working.map(([name]) => name).filter((name) => !told.has(name))).toEqual([]);
});

it('has a runbook entry for everything that points at one', () => {
  const sources = ['resources', 'grafana/alerting/rules', 'grafana/dashboards'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => readFileSync(path.join(root, folder, name), 'utf8')),
  );
  const pointed = new Set(
    sources.flatMap((source) => [...source.matchAll(/runbook\.md#([\w-]+)/g)].map(([, anchor]) => anchor ?? '')),
  );
  expect(pointed.size).toBeGreaterThan(0);
  expect([...pointed].filter((anchor) => !anchorsOf(textOf('docs/runbook.md')).has(anchor))).toEqual([]);
});

it('has a runbook entry for each alert rule', () => {
  const rules = readdirSync(path.join(root, 'grafana/alerting/rules')).map((name) => name.replace('.json', ''));
  expect(rules.length).toBeGreaterThan(0);
  expect(rules.filter((rule) => !textOf('docs/runbook.md').includes(rule))).toEqual([]);
});

it('names the verb "diagnose", because the framework reserves "doctor"', () => {
  expect([...frameworkCommands.keys()]).toContain('doctor');
  expect(Object.keys(pluginCommands)).toContain('diagnose');
});

function resolves(file: string, target: string): boolean {
  const [name = '', anchor] = target.split('#');
  const full = name === '' ? path.join(root, file) : path.resolve(root, path.dirname(file), name);
  if (!existsSync(full)) return false;
  return anchor === undefined || !full.endsWith('.md') || anchorsOf(readFileSync(full, 'utf8')).has(anchor);
}

/** The verb when neither the framework nor the plugin has it, and each option that the verb does not have. */
function unknownWords(line: string): readonly string[] {
  const words = line.slice(line.search(/\bsls /) + 4).split(/\s+/);
  const firstOption = words.findIndex((word) => word.startsWith('-'));
  const verbWords = (firstOption === -1 ? words : words.slice(0, firstOption)).filter((word) => /^[a-z]+$/.test(word));
  const verb =
    verbWords.length > 1 && frameworkCommands.has(verbWords.join(' ')) ? verbWords.join(' ') : (verbWords[0] ?? '');
  const [framework, plugin] = [frameworkCommands.get(verb), pluginCommands[verb]];
  if (!framework && !plugin) return [verb];
  const options = { ...frameworkCommands.get('deploy list')?.options, ...framework?.options, ...plugin?.options };
  const shortcuts = new Set(Object.values(options).flatMap(({ shortcut }) => (shortcut ? [shortcut] : [])));
  const given = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*$/, ''));
  return given.filter((option) => {
    const name = option.replace(/^--?/, '');
    return option.startsWith('--')
      ? !(name in options) && !(name.replace(/^no-/, '') in options)
      : !shortcuts.has(name);
  });
}

it('leads from the README to every document', () => {
  const reached = new Set(['README.md']);
  for (const file of reached) {
    for (const target of linksOf(textOf(file))) {
      const place = path.posix.normalize(path.posix.join(path.posix.dirname(file), target.split('#')[0] ?? ''));
      const found = documents.find(
        (document) => document.file === place || document.file === `${place.replace(/\/$/, '')}/README.md`,
      );
      if (found) reached.add(found.file);
    }
  }
  expect(documents.map(({ file }) => file).filter((file) => !reached.has(file))).toEqual([]);
});
