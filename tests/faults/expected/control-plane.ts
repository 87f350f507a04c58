import type { ExpectedFault } from './fault';

/** Each AWS call of a first setup with Identity Center, and the first state that makes it. */
const awsCalls: readonly (readonly [operation: string, step: string])[] = [
  ['GetObject', 'TakeLock'],
  ['PutObject', 'TakeLock'],
  ['DescribeServices', 'StartServices'],
  ['GetFunctionConfiguration', 'AttachTester'],
  ['ListWorkspaces', 'CreateWorkspace'],
  ['ListVersions', 'CreateWorkspace'],
  ['CreateWorkspace', 'CreateWorkspace'],
  ['DescribeWorkspace', 'CheckWorkspace'],
  ['ListWorkspaceServiceAccounts', 'OpenAccess'],
  ['CreateWorkspaceServiceAccount', 'OpenAccess'],
  ['DescribeWorkspaceConfiguration', 'ConfigureWorkspace'],
  ['CreateWorkspaceServiceAccountToken', 'CheckConfiguration'],
  ['DeleteWorkspaceServiceAccountToken', 'CheckConfiguration'],
  ['DescribeWorkspaceAuthentication', 'ConfigureLogin'],
  ['ListPermissions', 'GrantAccess'],
  ['UpdatePermissions', 'GrantAccess'],
  ['ListWorkspaceServiceAccountTokens', 'CloseAccess'],
  ['DeleteObject', 'CloseAccess'],
  ['GetExecutionHistory', 'PublishReport'],
];

/** Each Grafana route of a first setup, and the first state that calls it. */
const grafanaRoutes: readonly (readonly [route: string, step: string])[] = [
  ['GET /api/frontend/settings', 'CheckConfiguration'],
  ['GET /api/plugins/*', 'InstallPlugins'],
  ['GET /api/datasources/uid/loki', 'ApplyDataSource'],
  ['POST /api/datasources', 'ApplyDataSource'],
  ['GET /api/datasources/uid/*/health', 'ApplyDataSource'],
  ['GET /api/datasources/proxy/*', 'ApplyDataSource'],
  ['GET /api/folders/*', 'ApplyDashboard'],
  ['POST /api/folders', 'ApplyDashboard'],
  ['GET /api/dashboards/uid/*', 'ApplyDashboard'],
  ['POST /api/dashboards/db', 'ApplyDashboard'],
  ['GET /api/v1/provisioning/contact-points', 'ApplyAlertingPart'],
  ['POST /api/v1/provisioning/contact-points', 'ApplyAlertingPart'],
  ['GET /api/v1/provisioning/policies', 'ApplyAlertingPart'],
  ['PUT /api/v1/provisioning/policies', 'ApplyAlertingPart'],
  ['GET /api/v1/provisioning/alert-rules/*', 'ApplyAlertingPart'],
  ['GET /api/v1/provisioning/folder/*/rule-groups/*', 'ApplyAlertingPart'],
  ['POST /api/v1/provisioning/alert-rules', 'ApplyAlertingPart'],
];

const oneRetry =
  'the run succeeds, there is one of everything, no token and no lock is left, and a second run changes nothing';
const cleanFailure =
  'the run ends FAILED with the error and leaves its lock to nobody; once the fault is gone a run succeeds with one of everything and no token';

export interface AwsFaultCase extends ExpectedFault {
  readonly operation: string;
  readonly step: string;
  readonly effect: 'throttled' | 'failing' | 'cut' | 'cut after it was applied' | 'without an answer' | 'denied';
}

const once = ['throttled', 'failing', 'cut', 'cut after it was applied'] as const;
const forGood = ['failing', 'denied'] as const;
/** A client times out after 15 s, so one call per client is enough. */
const clients = ['PutObject', 'DescribeServices', 'CreateWorkspaceServiceAccount', 'GetExecutionHistory'];

export const awsOnce: readonly AwsFaultCase[] = awsCalls.flatMap(([operation, step]) =>
  [...once, ...(clients.includes(operation) ? (['without an answer'] as const) : [])].map((effect) =>
    awsCase(operation, step, effect, 'once', oneRetry),
  ),
);

export const awsForGood: readonly AwsFaultCase[] = awsCalls.flatMap(([operation, step]) =>
  forGood.map((effect) => awsCase(operation, step, effect, 'for good', cleanFailure)),
);

function awsCase(
  operation: string,
  step: string,
  effect: AwsFaultCase['effect'],
  often: 'once' | 'for good',
  expected: string,
): AwsFaultCase {
  const broken = `${operation} (${step}) ${effect}`;
  return { id: `aws: ${broken}, ${often}`, plane: 'control plane', broken, often, expected, operation, step, effect };
}

export interface GrafanaFaultCase extends ExpectedFault {
  readonly route: string;
  readonly step: string;
  readonly effect: 'throttled' | 'failing' | 'cut' | 'cut after it was applied' | 'rejected';
}

export const grafanaOnce: readonly GrafanaFaultCase[] = grafanaRoutes.flatMap(([route, step]) =>
  once.map((effect) => grafanaCase(route, step, effect, 'once', oneRetry)),
);

/**
 * A data source's health is polled until its deadline of a minute, and Grafana's version until the workspace's
 * deadline. These routes have no lasting fault here.
 */
export const grafanaForGood: readonly GrafanaFaultCase[] = grafanaRoutes
  .filter(([route]) => !route.endsWith('/health') && !route.includes('/proxy/'))
  .flatMap(([route, step]) =>
    (route.endsWith('/settings') ? (['rejected'] as const) : (['failing', 'rejected'] as const)).map((effect) =>
      grafanaCase(route, step, effect, 'for good', cleanFailure),
    ),
  );

export const stuckCreating: ExpectedFault = {
  id: 'aws: a workspace that stays in CREATING',
  plane: 'control plane',
  broken: 'the workspace (CheckWorkspace) stays in CREATING',
  often: 'for good',
  expected:
    'asked for until its deadline, an hour at most; the run ends FAILED with WorkspaceTimedOut, the workspace and what to do; no token and no lock is left; once it is ACTIVE a run succeeds with the same workspace and one of everything',
};

function grafanaCase(
  route: string,
  step: string,
  effect: GrafanaFaultCase['effect'],
  often: 'once' | 'for good',
  expected: string,
): GrafanaFaultCase {
  const broken = `${route} (${step}) ${effect}`;
  return { id: `grafana: ${broken}, ${often}`, plane: 'control plane', broken, often, expected, route, step, effect };
}
