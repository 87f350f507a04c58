import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(__dirname, '../../..');

export interface Document {
  /** From the root of the repository: `docs/runbook.md`. */
  readonly file: string;
  readonly text: string;
  /** The inline code, and the lines of shell code blocks. */
  readonly code: readonly string[];
}

/** The documents for people: those at the root, the READMEs of folders and everything under docs/. */
export const documents: readonly Document[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  'grafana/README.md',
  'local/README.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.split(path.sep).join('/')}`),
].map((file) => {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { file, text, code: codeOf(text) };
});

/** The targets of a document's links, as they are written. */
export function linksOf(text: string): readonly string[] {
  return [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
}

function codeOf(text: string): readonly string[] {
  const shell = [...text.matchAll(/```(?:sh|bash|console)\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    (block ?? '').split('\n'),
  );
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
  return [...shell.map((line) => line.replace(/\s#.*$/, '').trim()), ...inline].filter((line) => line !== '');
}

/** GitHub's anchor of a heading: lower case, without punctuation, hyphens for spaces. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/^#+\s+(.+)$/gm)].map(
    ([, heading]) => heading ?? '',
  );
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-'),
    ),
  );
}
