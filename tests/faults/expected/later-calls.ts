import type { AwsFaultCase, GrafanaFaultCase } from './control-plane';
import { failsCleanly, leftOut, recovers, type Scenario } from './scenario';

export interface LaterAwsFault extends AwsFaultCase {
  readonly scenario: Scenario;
}

export interface LaterGrafanaFault extends GrafanaFaultCase {
  readonly scenario: Scenario;
  /** The export leaves out what is refused for good and says so, and the run continues. */
  readonly isLeftOut?: boolean;
}

type Call = readonly [operation: string, step: string, scenario: Scenario];

/** Calls that no state of a first setup makes. */
const further: readonly Call[] = [
  ['DescribeRule', 'ResumeAutomation', 'a first setup'],
  ['DescribeAlarms', 'ResumeAutomation', 'a first setup'],
  ['EnableRule', 'ResumeAutomation', 'a setup after a removal'],
  ['EnableAlarmActions', 'ResumeAutomation', 'a setup after a removal'],
  ...['GetTemplate', 'ListStackResources', 'DescribeLogGroups', 'ListTargetsByRule'].map(
    (operation): Call => [operation, 'CompareStack', 'a first setup'],
  ),
  ['UpdateService', 'StartServices', 'a setup after a removal'],
  ['UpdateFunctionConfiguration', 'AttachTester', 'a setup after a removal'],
  ['DescribeExecution', 'TakeLock', 'a setup after a dead one'],
  ['ListTasks', 'AwaitServices', 'a setup with a failed service'],
  ['DescribeTasks', 'AwaitServices', 'a setup with a failed service'],
  ['UpdateWorkspace', 'ConfigureWorkspace', 'a setup after changes'],
  ['UpdateWorkspaceConfiguration', 'ConfigureWorkspace', 'a setup after changes'],
  ['UpdateWorkspaceAuthentication', 'ConfigureLogin', 'a setup after changes'],
  ['DeleteWorkspaceServiceAccount', 'OpenAccess', 'a setup after changes'],
  ['DisableRule', 'PauseAutomation', 'a teardown'],
  ['DisableAlarmActions', 'PauseAutomation', 'a teardown'],
  ['DeleteWorkspace', 'DeleteWorkspace', 'a teardown'],
  ['DescribeNetworkInterfaces', 'CheckDeletion', 'a teardown'],
  ['DeleteNetworkInterface', 'CheckDeletion', 'a teardown'],
  ['ListObjectVersions', 'EmptyBuckets', 'a teardown'],
  ['DeleteObjects', 'EmptyBuckets', 'a teardown'],
  ['ListMultipartUploads', 'EmptyBuckets', 'a teardown'],
  ['AbortMultipartUpload', 'EmptyBuckets', 'a teardown'],
];

/** Calls that this step repeats after another step. */
const again: readonly Call[] = [
  ['DescribeServices', 'AwaitServices', 'a first setup'],
  ['DisableRule', 'ResumeAutomation', 'a setup after changes'],
  ['DescribeAlarms', 'CompareStack', 'a first setup'],
  ['DescribeRule', 'CompareStack', 'a first setup'],
  ['DescribeWorkspace', 'ConfigureWorkspace', 'a first setup'],
  ['DescribeWorkspace', 'CheckConfiguration', 'a first setup'],
  ['DescribeWorkspace', 'CheckLogin', 'a first setup'],
  ['DescribeWorkspaceAuthentication', 'CheckLogin', 'a first setup'],
  ['DescribeWorkspaceAuthentication', 'GrantAccess', 'a first setup'],
  ['ListWorkspaceServiceAccountTokens', 'OpenAccess', 'a setup after a dead one'],
  ['DeleteWorkspaceServiceAccountToken', 'OpenAccess', 'a setup after a dead one'],
  ...['InstallPlugins', 'ApplyDataSource', 'ApplyDashboard', 'ApplyAlertingPart'].flatMap((step): readonly Call[] => [
    ['CreateWorkspaceServiceAccountToken', step, 'a first setup'],
    ['DeleteWorkspaceServiceAccountToken', step, 'a first setup'],
  ]),
  ...['ApplyDataSource', 'ApplyDashboard', 'ApplyAlertingPart'].flatMap((step): readonly Call[] => [
    ['GetObject', step, 'a first setup'],
    ['PutObject', step, 'a first setup'],
  ]),
  ['DeleteWorkspaceServiceAccountToken', 'CloseAccess', 'a setup with a stray token'],
  ['GetObject', 'CloseAccess', 'a first setup'],
  ['PutObject', 'PublishReport', 'a first setup'],
  ['GetExecutionHistory', 'RecordFailure', 'a setup that fails'],
  ['PutObject', 'RecordFailure', 'a setup that fails'],
  ['DescribeRule', 'PauseAutomation', 'a teardown'],
  ['DescribeAlarms', 'PauseAutomation', 'a teardown'],
  ['GetFunctionConfiguration', 'DetachTester', 'a teardown'],
  ['UpdateFunctionConfiguration', 'DetachTester', 'a teardown'],
  ['DescribeServices', 'StopServices', 'a teardown'],
  ['UpdateService', 'StopServices', 'a teardown'],
  ['ListWorkspaces', 'DeleteWorkspace', 'a teardown'],
  ['ListWorkspaces', 'CheckDeletion', 'a teardown'],
  ...[
    'ListWorkspaces',
    'DescribeWorkspace',
    'ListWorkspaceServiceAccounts',
    'CreateWorkspaceServiceAccount',
    'CreateWorkspaceServiceAccountToken',
    'PutObject',
    'DeleteWorkspaceServiceAccountToken',
  ].map((operation): Call => [operation, 'ExportContent', 'a teardown that exports']),
];

const once = ['throttled', 'failing', 'cut', 'cut after it was applied'] as const;

export const laterAwsOnce: readonly LaterAwsFault[] = [
  ...further.flatMap((call) => once.map((effect) => awsCase(call, effect, 'once'))),
  ...again.map((call) => awsCase(call, 'cut after it was applied', 'once')),
];

export const laterAwsForGood: readonly LaterAwsFault[] = [...further, ...again].map((call) =>
  awsCase(call, 'failing', 'for good'),
);

function awsCase(
  [operation, step, scenario]: Call,
  effect: AwsFaultCase['effect'],
  often: 'once' | 'for good',
): LaterAwsFault {
  const broken = `${operation} (${step}) ${effect} in ${scenario}`;
  const expected = often === 'once' ? recovers[scenario] : failsCleanly(scenario);
  return {
    id: `aws: ${broken}, ${often}`,
    plane: 'control plane',
    broken,
    often,
    expected,
    operation,
    step,
    effect,
    scenario,
  };
}

type Route = readonly [route: string, step: string, scenario: Scenario];

/** Routes that a first setup does not call. */
const laterRoutes: readonly Route[] = [
  ['POST /api/plugins/*/install', 'InstallPlugins', 'a setup without the plugin'],
  ['PUT /api/datasources/uid/*', 'ApplyDataSource', 'a setup after changes'],
  ['PUT /api/folders/*', 'ApplyDashboard', 'a setup after changes'],
  ['DELETE /api/dashboards/uid/*', 'ApplyDashboard', 'a setup after changes'],
  ['PUT /api/v1/provisioning/contact-points/*', 'ApplyAlertingPart', 'a setup after changes'],
  ['DELETE /api/v1/provisioning/contact-points/*', 'ApplyAlertingPart', 'a setup after changes'],
  ['PUT /api/v1/provisioning/alert-rules/*', 'ApplyAlertingPart', 'a setup after changes'],
  ['DELETE /api/v1/provisioning/alert-rules/*', 'ApplyAlertingPart', 'a setup after changes'],
  ['PUT /api/v1/provisioning/folder/*/rule-groups/*', 'ApplyAlertingPart', 'a setup after changes'],
];

const exported = (route: string): Route => [route, 'ExportContent', 'a teardown that exports'];

/** Calls whose refusal by the workspace does not stop a removal. */
const optionalRoutes = [
  'GET /apis/dashboard.grafana.app/v2beta1/namespaces/default/dashboards/*',
  'GET /api/v1/provisioning/mute-timings',
  'GET /api/v1/provisioning/templates',
  'GET /api/v1/provisioning/folder/*/rule-groups/*',
].map(exported);
const neededRoutes = ['GET /api/datasources'].map(exported);
/** Also called by a setup. */
const routesAgain = [
  'GET /api/search',
  'GET /api/folders/*',
  'GET /api/datasources/uid/*',
  'GET /api/dashboards/uid/*',
  'GET /api/v1/provisioning/contact-points',
  'GET /api/v1/provisioning/alert-rules',
].map(exported);

export const laterGrafanaOnce: readonly LaterGrafanaFault[] = [
  ...[...laterRoutes, ...neededRoutes, ...optionalRoutes].flatMap((route) =>
    once.map((effect) => grafanaCase(route, effect, 'once')),
  ),
  ...routesAgain.map((route) => grafanaCase(route, 'cut after it was applied', 'once')),
];

export const laterGrafanaForGood: readonly LaterGrafanaFault[] = [
  ...[...laterRoutes, ...neededRoutes, ...routesAgain].map((route) => grafanaCase(route, 'rejected', 'for good')),
  // An outage does not count as a refusal.
  ...optionalRoutes.map((route) => grafanaCase(route, 'failing', 'for good')),
  ...optionalRoutes.map(
    (route): LaterGrafanaFault => ({
      ...grafanaCase(route, 'rejected', 'for good'),
      expected: leftOut,
      isLeftOut: true,
    }),
  ),
];

function grafanaCase(
  [route, step, scenario]: Route,
  effect: GrafanaFaultCase['effect'],
  often: 'once' | 'for good',
): LaterGrafanaFault {
  const broken = `${route} (${step}) ${effect} in ${scenario}`;
  const expected = often === 'once' ? recovers[scenario] : failsCleanly(scenario);
  return {
    id: `grafana: ${broken}, ${often}`,
    plane: 'control plane',
    broken,
    often,
    expected,
    route,
    step,
    effect,
    scenario,
  };
}
