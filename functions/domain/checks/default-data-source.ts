import type { Content } from '../content';
import type { Grafana } from '../grafana';
import type { Check } from './check';

/** Explore, new panels and panels that name no data source use the default one. */
export function defaultDataSourceCheck(grafana: Grafana, content: Content): Check {
  const wanted = content.dataSources.find(({ model }) => model.isDefault)?.model.uid;
  return {
    name: 'default-data-source',
    query: 'which data source is the default',
    expected: `it is "${wanted}"`,
    deadline: 10_000,
    async look() {
      const { body } = await grafana.request('GET', '/api/datasources');
      const sources = body as readonly { readonly uid: string; readonly isDefault?: boolean }[];
      const found = sources.find(({ isDefault }) => isDefault)?.uid;
      if (found === wanted) return { verdict: 'passed', found: `it is "${found}"` };
      return {
        verdict: 'wrong',
        found:
          found === undefined
            ? 'there is no default data source'
            : `the default data source is "${found}", not "${wanted}"`,
        hop: 'content',
        remedy: 'Run sls setup to make it the default again.',
      };
    },
  };
}
