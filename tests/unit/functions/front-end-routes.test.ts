import { readFileSync } from 'node:fs';
import path from 'node:path';
import { routeOf } from '../../../local/grafana-server/front-end/front-end';
import { frontEndRoutes } from '../../../local/grafana-server/front-end/routes';
import { grafanaCallsInCode } from '../../helpers/grafana-calls-in-code';

const majors = [10, 12, 13];
const asked = [...new Set(grafanaCallsInCode().map(({ route }) => route))];

it.each(asked)('the front end of a workspace has a row for %s, which the functions ask', (route) => {
  const [method = '', asterisked = ''] = route.split(' ');
  const rows = majors.flatMap((major) => routeOf(method, asterisked.replaceAll('*', 'x'), major) ?? []);
  expect(rows).not.toEqual([]);
});

const ledger = readFileSync(path.join(__dirname, '../../../docs/aws-facts.md'), 'utf8').split('\n');

it.each(frontEndRoutes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  'docs/aws-facts.md has a source for %s, or says that there is none',
  (_name, { fact, evidence }) => {
    const row = ledger.find((line) => line.startsWith(`| ${fact} |`));
    expect(row).toBeDefined();
    expect(row?.includes('**no evidence**')).toBe(evidence === 'none');
  },
);
