import type { AwsFaultCase, GrafanaFaultCase } from './control-plane';

/** What comes before the run whose calls are broken: a first setup makes not all of the calls. */
export type Scenario =
  | 'a first setup'
  /** Everything of the stack was changed or left over by hand since the setup before. */
  | 'a setup after changes'
  /** The setup before was stopped and left its lock and a token. */
  | 'a setup after a dead one'
  /** A token of the setup's account turns up while it runs. */
  | 'a setup with a stray token'
  /** ECS has rolled a service back: the setup ends with ServicesNotSteady. */
  | 'a setup with a failed service'
  /** Grafana refuses a dashboard for good: the setup ends with GrafanaRejected. */
  | 'a setup that fails'
  /** The workspace is on Grafana 12 without the Prometheus plugin. */
  | 'a setup without the plugin'
  /** A teardown came as far as to stop what runs by itself. */
  | 'a setup after a removal'
  | 'a teardown';

export interface LaterAwsFault extends AwsFaultCase {
  readonly scenario: Scenario;
}

export interface LaterGrafanaFault extends GrafanaFaultCase {
  readonly scenario: Scenario;
}

const recovers: Readonly<Record<Scenario, string>> = {
  ...sameFor(
    [
      'a first setup',
      'a setup after changes',
      'a setup after a dead one',
      'a setup with a stray token',
      'a setup without the plugin',
      'a setup after a removal',
    ],
    'the run succeeds, there is one of everything, no token and no lock is left, and a second run changes nothing',
  ),
  'a setup with a failed service': 'the run ends FAILED with ServicesNotSteady, as without the fault; no lock is left',
  'a setup that fails': 'the run ends FAILED with GrafanaRejected, as without the fault; no token and no lock is left',
  'a teardown': 'the teardown succeeds; no workspace, interface, object or lock is left',
} as Readonly<Record<Scenario, string>>;

function sameFor(scenarios: readonly Scenario[], expected: string): Partial<Record<Scenario, string>> {
  return Object.fromEntries(scenarios.map((scenario) => [scenario, expected]));
}

const failsCleanly: Readonly<Record<'setup' | 'teardown', string>> = {
  setup:
    'the run ends FAILED with an error and leaves its lock to nobody; once the fault is gone a run succeeds with one of everything and no token',
  teardown:
    'the teardown ends FAILED with an error and leaves its lock to nobody; once the fault is gone one succeeds and nothing is left',
};

type Call = readonly [operation: string, step: string, scenario: Scenario];

/** Calls that no state of the first table makes. */
const further: readonly Call[] = [
  ['DescribeRule', 'ResumeAutomation', 'a first setup'],
  ['DescribeAlarms', 'ResumeAutomation', 'a first setup'],
  ['EnableRule', 'ResumeAutomation', 'a setup after a removal'],
  ['EnableAlarmActions', 'ResumeAutomation', 'a setup after a removal'],
  ['UpdateService', 'StartServices', 'a setup after a removal'],
  ['UpdateFunctionConfiguration', 'AttachTester', 'a setup after a removal'],
  ['DescribeExecution', 'TakeLock', 'a setup after a dead one'],
  ['ListTasks', 'AwaitServices', 'a setup with a failed service'],
  ['DescribeTasks', 'AwaitServices', 'a setup with a failed service'],
  ['UpdateWorkspace', 'ConfigureWorkspace', 'a setup after changes'],
  ['UpdateWorkspaceConfiguration', 'ConfigureWorkspace', 'a setup after changes'],
  ['UpdateWorkspaceAuthentication', 'ConfigureLogin', 'a setup after changes'],
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

/** Calls that another step makes first, made again by this one. */
const again: readonly Call[] = [
  ['DescribeServices', 'AwaitServices', 'a first setup'],
  ['DisableRule', 'ResumeAutomation', 'a setup after changes'],
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
  ...['ApplyDashboard', 'ApplyAlertingPart'].flatMap((step): readonly Call[] => [
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
  const machine = scenario === 'a teardown' ? 'teardown' : 'setup';
  const expected = often === 'once' ? recovers[scenario] : failsCleanly[machine];
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

/** Routes that a first setup does not ask. */
const laterRoutes: readonly (readonly [route: string, step: string, scenario: Scenario])[] = [
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

export const laterGrafanaOnce: readonly LaterGrafanaFault[] = laterRoutes.flatMap((route) =>
  once.map((effect) => grafanaCase(route, effect, 'once')),
);

export const laterGrafanaForGood: readonly LaterGrafanaFault[] = laterRoutes.map((route) =>
  grafanaCase(route, 'rejected', 'for good'),
);

function grafanaCase(
  [route, step, scenario]: (typeof laterRoutes)[number],
  effect: GrafanaFaultCase['effect'],
  often: 'once' | 'for good',
): LaterGrafanaFault {
  const broken = `${route} (${step}) ${effect} in ${scenario}`;
  const expected = often === 'once' ? recovers[scenario] : failsCleanly.setup;
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
