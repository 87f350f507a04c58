/** The files of grafana/, bundled into the functions that use them. A test checks that no file is missing here. */

import contactPoint from '../../grafana/alerting/contact-points/sns.json';
import contactPoint10 from '../../grafana/alerting/contact-points/sns-10.json';
import policy from '../../grafana/alerting/policy.json';
import gatewayLosing from '../../grafana/alerting/rules/gateway-losing.json';
import noData from '../../grafana/alerting/rules/no-data.json';
import serverErrorsSev2 from '../../grafana/alerting/rules/server-errors-sev2.json';
import serverErrorsSev3 from '../../grafana/alerting/rules/server-errors-sev3.json';
import sloBurn from '../../grafana/alerting/rules/slo-burn.json';
import testerFailing from '../../grafana/alerting/rules/tester-failing.json';
import emptyRules from '../../grafana/alerting/rules.empty.json';
import businessOperations from '../../grafana/dashboards/business-operations.json';
import logsEmpty from '../../grafana/dashboards/logs.empty.json';
import logs from '../../grafana/dashboards/logs.json';
import runbook from '../../grafana/dashboards/runbook.json';
import serviceOverviewEmpty from '../../grafana/dashboards/service-overview.empty.json';
import serviceOverview from '../../grafana/dashboards/service-overview.json';
import services from '../../grafana/dashboards/services.json';
import stackHealthEmpty from '../../grafana/dashboards/stack-health.empty.json';
import stackHealth from '../../grafana/dashboards/stack-health.json';
import tracesEmpty from '../../grafana/dashboards/traces.empty.json';
import traces from '../../grafana/dashboards/traces.json';
import cloudwatch from '../../grafana/data-sources/cloudwatch.json';
import loki from '../../grafana/data-sources/loki.json';
import prometheus from '../../grafana/data-sources/prometheus.json';
import prometheus10 from '../../grafana/data-sources/prometheus-10.json';
import tempo from '../../grafana/data-sources/tempo.json';
import folder from '../../grafana/folder.json';
import slo from '../../grafana/slo.json';
import type { Content } from '../domain/content';
import type { Objective } from '../domain/objective';

export const content = {
  folder,
  dataSources: [prometheus, prometheus10, loki, tempo, cloudwatch],
  dashboards: [
    { model: serviceOverview, possiblyEmpty: serviceOverviewEmpty },
    { model: businessOperations, possiblyEmpty: {} },
    { model: services, possiblyEmpty: {} },
    { model: traces, possiblyEmpty: tracesEmpty },
    { model: logs, possiblyEmpty: logsEmpty },
    { model: stackHealth, possiblyEmpty: stackHealthEmpty },
    { model: runbook, possiblyEmpty: {} },
  ],
  contactPoints: [contactPoint, contactPoint10],
  policy,
  rules: [serverErrorsSev2, serverErrorsSev3, sloBurn, testerFailing, noData, gatewayLosing],
  emptyRules,
} as unknown as Content;

/** The objective that availability, burn rate and error budget are measured against. */
export const objective: Objective = slo;
