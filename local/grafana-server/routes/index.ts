import type { Route } from '../router';
import { alertRuleRoutes } from './alert-rules';
import { alertStateRoutes } from './alert-state';
import { annotationRoutes } from './annotations';
import { contactPointRoutes } from './contact-points';
import { dashboardResourceRoutes } from './dashboard-resources';
import { dashboardRoutes } from './dashboards';
import { dataSourceProxyRoutes } from './data-source-proxy';
import { dataSourceRoutes } from './data-sources';
import { folderRoutes } from './folders';
import { generalRoutes } from './general';
import { pageRoutes } from './pages';
import { pluginRoutes } from './plugins';
import { policyRoutes } from './policies';
import { queryRoutes } from './query';
import { receiverTestRoutes } from './receiver-tests';
import { searchRoutes } from './search';

/** Every route of the stand-in. All others get Grafana's 404. */
export const routes: readonly Route[] = [
  ...generalRoutes,
  ...dataSourceProxyRoutes,
  ...dataSourceRoutes,
  ...queryRoutes,
  ...pluginRoutes,
  ...folderRoutes,
  ...dashboardRoutes,
  ...dashboardResourceRoutes,
  ...searchRoutes,
  ...contactPointRoutes,
  ...policyRoutes,
  ...alertRuleRoutes,
  ...alertStateRoutes,
  ...receiverTestRoutes,
  ...annotationRoutes,
  ...pageRoutes,
];
