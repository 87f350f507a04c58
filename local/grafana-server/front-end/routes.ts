/**
 * The routes that the front end of an Amazon Managed Grafana workspace passes to Grafana for a service account's token.
 * AWS publishes no such list. Every other route is refused.
 */
export interface FrontEndRoute {
  /** `*`: any method. */
  readonly method: string;
  /** `:name` stands for one segment, `*` for any text. */
  readonly path: string;
  /** Major versions: from `since` on, below `until`. All versions when left out. */
  readonly since?: number;
  readonly until?: number;
  /** The id of its row in docs/aws-facts.md. */
  readonly fact: string;
  /** Whether that row has a source. The strict mode refuses routes without one. */
  readonly evidence: 'source' | 'none';
}

type Versions = Pick<FrontEndRoute, 'since' | 'until'>;

function rows(
  fact: string,
  evidence: FrontEndRoute['evidence'],
  routes: readonly string[],
  versions: Versions = {},
): readonly FrontEndRoute[] {
  return routes.map((route) => {
    const [method = '', path = ''] = route.split(' ');
    return { method, path, fact, evidence, ...versions };
  });
}

export const frontEndRoutes: readonly FrontEndRoute[] = [
  ...rows('workspace-settings-route', 'source', ['GET /api/frontend/settings']),
  ...rows('workspace-healthz-route', 'source', ['GET /healthz']),
  ...rows('workspace-organization-route', 'source', ['GET /api/org']),

  ...rows('workspace-data-source-routes', 'source', [
    'GET /api/datasources',
    'POST /api/datasources',
    'GET /api/datasources/uid/:uid',
    'PUT /api/datasources/uid/:uid',
    'DELETE /api/datasources/uid/:uid',
  ]),
  ...rows('workspace-data-source-health-route', 'source', ['GET /api/datasources/uid/:uid/health']),
  ...rows('workspace-annotation-routes', 'source', ['GET /api/annotations', 'POST /api/annotations']),
  ...rows('workspace-query-route', 'source', ['POST /api/ds/query']),
  ...rows('workspace-proxy-by-uid', 'none', ['* /api/datasources/proxy/uid/:uid/*']),
  ...rows('workspace-proxy-by-id', 'source', ['* /api/datasources/proxy/:id/*'], { until: 13 }),

  ...rows('workspace-plugin-install-route', 'source', [
    'POST /api/plugins/:id/install',
    'POST /api/plugins/:id/uninstall',
  ]),
  ...rows('workspace-plugin-settings-route', 'none', ['GET /api/plugins/:id/settings']),

  ...rows('workspace-folder-routes', 'source', [
    'GET /api/folders',
    'POST /api/folders',
    'GET /api/folders/:uid',
    'PUT /api/folders/:uid',
    'DELETE /api/folders/:uid',
  ]),
  ...rows('workspace-dashboard-routes', 'source', [
    'GET /api/dashboards/home',
    'GET /api/dashboards/uid/:uid',
    'POST /api/dashboards/db',
    'DELETE /api/dashboards/uid/:uid',
    'GET /api/search',
  ]),

  ...rows('workspace-contact-point-routes', 'source', [
    'GET /api/v1/provisioning/contact-points',
    'POST /api/v1/provisioning/contact-points',
    'PUT /api/v1/provisioning/contact-points/:uid',
    'DELETE /api/v1/provisioning/contact-points/:uid',
    'GET /api/alert-notifiers',
  ]),
  ...rows('workspace-alert-rule-routes', 'source', [
    'GET /api/v1/provisioning/alert-rules',
    'POST /api/v1/provisioning/alert-rules',
    'GET /api/v1/provisioning/alert-rules/:uid',
    'PUT /api/v1/provisioning/alert-rules/:uid',
    'DELETE /api/v1/provisioning/alert-rules/:uid',
  ]),
  ...rows('workspace-policy-routes', 'none', [
    'GET /api/v1/provisioning/policies',
    'PUT /api/v1/provisioning/policies',
  ]),
  ...rows('export-alerting-routes', 'none', [
    'GET /api/v1/provisioning/mute-timings',
    'POST /api/v1/provisioning/mute-timings',
    'GET /api/v1/provisioning/templates',
    'GET /api/v1/provisioning/templates/:name',
    'PUT /api/v1/provisioning/templates/:name',
    'GET /api/v1/provisioning/folder/:uid/rule-groups/:group',
    'PUT /api/v1/provisioning/folder/:uid/rule-groups/:group',
  ]),
  ...rows(
    'export-schema-v2',
    'none',
    [
      'GET /apis/dashboard.grafana.app/:version/namespaces/default/dashboards/:uid',
      'PUT /apis/dashboard.grafana.app/:version/namespaces/default/dashboards/:uid',
    ],
    { since: 12 },
  ),
  ...rows('workspace-alert-state-routes', 'none', [
    'GET /api/prometheus/grafana/api/v1/rules',
    'GET /api/alertmanager/grafana/config/api/v1/receivers',
  ]),
  ...rows('workspace-contact-point-test-routes', 'none', [
    'POST /api/alertmanager/grafana/config/api/v1/receivers/test',
  ]),
  ...rows(
    'workspace-contact-point-test-routes',
    'none',
    ['POST /apis/notifications.alerting.grafana.app/v1beta1/namespaces/default/receivers/:name/test'],
    { since: 13 },
  ),
  // The whole /apis tree. It comes after the one route of it without evidence.
  ...rows('workspace-new-api-structure', 'source', ['* /apis/:group/:version/namespaces/default/*'], { since: 12 }),
];
