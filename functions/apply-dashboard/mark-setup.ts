import type { Grafana } from '../domain/grafana';
import { MANAGED_BY } from '../domain/naming';
import { readThrown } from '../domain/thrown';

/**
 * Marks this setup on every dashboard, as an annotation that they ask for by its tags. Answers what became of it, for a person: a
 * workspace that does not take it is no reason to fail. aws-facts: workspace-annotation-routes
 */
export async function markSetup(grafana: Grafana, run: string): Promise<string> {
  try {
    await grafana.request('POST', '/api/annotations', {
      body: { text: `Setup ${run}`, tags: [MANAGED_BY, 'setup'] },
      retry: false,
    });
    return 'marked on the dashboards';
  } catch (error) {
    return `not marked on the dashboards: ${readThrown(error).message}`;
  }
}
