import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MEMBERS, type Member } from '../../../functions/domain/statement/members';

function whatHappens({ belongs, why, defaults }: Member): string {
  const besides = defaults ? `; ${defaults.map((value) => JSON.stringify(value)).join(' or ')} counts as none` : '';
  if (belongs === "user's") return `left alone: ${why}`;
  return `put back${belongs === 'silencing' ? '; it can keep an alert from people' : ''}${besides}`;
}

it('docs/operations.md says of each member what happens to a change made by hand, as the statement has it', async () => {
  const rows = Object.entries(MEMBERS).flatMap(([part, members]) =>
    members.map((member) => `| ${part} | \`${member.path}\` | ${whatHappens(member)} |`),
  );
  const text = await readFile(join(__dirname, '../../../docs/operations.md'), 'utf8');
  const [, table = ''] = /<!-- members:begin[^>]*-->\n([\s\S]*?)\n<!-- members:end -->/.exec(text) ?? [];
  expect(table.split('\n')).toEqual(['| part | member | a change of it is |', '| --- | --- | --- |', ...rows]);
});
