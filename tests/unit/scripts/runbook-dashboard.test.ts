import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import dashboard from '../../../grafana/dashboards/runbook.json';
import { runbookDashboard } from '../../../scripts/runbook-dashboard';

it('is what docs/runbook.md says; after a change of it, `npm run docs:tables` writes it again', () => {
  const markdown = readFileSync(join(__dirname, '../../../docs/runbook.md'), 'utf8');
  expect(dashboard).toEqual(runbookDashboard(markdown));
});

it('links from entry to entry by panel, and names other documents', () => {
  const text = '# Runbook\n\nIntro, see [A b](#a-b-c).\n\n## A b (C)\n\n[more](other.md#x), [web](https://x.example)\n';
  const { panels } = runbookDashboard(text) as typeof dashboard;
  expect(panels.map(({ id, title, options }) => [id, title, options.content])).toEqual([
    [1, 'Runbook', 'Intro, see [A b](/d/runbook?viewPanel=2).'],
    [2, 'A b (C)', 'more (docs/other.md#x), [web](https://x.example)'],
  ]);
});

it('refuses a link to an entry that there is not', () => {
  expect(() => runbookDashboard('# R\n\n[a](#b)\n')).toThrow('#b, which is none of its entries');
});
