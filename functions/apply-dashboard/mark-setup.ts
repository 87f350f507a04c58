import type { Grafana } from '../domain/grafana';
import { MANAGED_BY } from '../domain/naming';
import { readThrown } from '../domain/thrown';

/**
 * Marks this setup on every dashboard with an annotation, which the dashboards query by its tags. Returns a sentence
 * about the result. If the workspace refuses the annotation, the run does not fail.
 * aws-facts: workspace-annotation-routes
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
