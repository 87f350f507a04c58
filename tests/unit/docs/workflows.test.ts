import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from './documents';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

const folder = path.join(root, '.github', 'workflows');
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const { jobs, permissions } = parse(text) as { jobs: Record<string, { steps: Step[] }>; permissions: unknown };
  return { file, text, permissions, steps: Object.values(jobs).flatMap((job) => job.steps) };
});

it.each(workflows)('$file pins each action to a commit, with its version beside it', ({ text }) => {
  const uses = text.split('\n').filter((line) => line.includes('uses:'));
  expect(uses.length).toBeGreaterThan(0);
  for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

it.each(workflows)('$file runs only what a contributor can run: .ci/run, npm ci and npm scripts', ({ steps }) => {
  for (const { run } of steps) {
    if (run === undefined || run === 'npm ci' || run === 'bash .ci/run') continue;
    const script = /^npm run ([\w:]+)$/.exec(run)?.[1] ?? `(not an npm script: ${run})`;
    expect(Object.keys(scripts)).toContain(script);
  }
});

it.each(workflows)('$file may only read the repository', ({ permissions }) => {
  expect(permissions).toEqual({ contents: 'read' });
});
