import { shapeOf } from '../../../../functions/adapters/grafana-answers';
import type { Method } from '../../../../functions/domain/grafana';
import { grafanaCallsInCode } from '../../../helpers/grafana-calls-in-code';

const routes = [...new Set(grafanaCallsInCode().map(({ route }) => route))];

it('finds the calls of the steps', () => {
  expect(routes.length).toBeGreaterThan(25);
});

it.each(routes)('has a shape for the response of %s', (route) => {
  const [method = '', path = ''] = route.split(' ');
  expect(shapeOf(method as Method, path.replaceAll('*', 'x'))).toBeDefined();
});

it('accepts any response of an unlisted route', () => {
  expect(shapeOf('GET', '/api/org')).toBeUndefined();
});
