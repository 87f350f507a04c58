/** What happens before the run with the fault: a first setup does not make every call. */
export type Scenario =
  | 'a first setup'
  /** Since the previous setup everything of the stack was changed by hand, and obsolete items were left. */
  | 'a setup after changes'
  /** The previous setup was stopped and left its lock and a token. */
  | 'a setup after a dead one'
  /** A token of the setup's service account appears during the run. */
  | 'a setup with a stray token'
  /** ECS has rolled a service back: the setup ends with ServicesNotSteady. */
  | 'a setup with a failed service'
  /** Grafana refuses a dashboard for good: the setup ends with GrafanaRejected. */
  | 'a setup that fails'
  /** The workspace is on Grafana 12 without the Prometheus plugin. */
  | 'a setup without the plugin'
  /** A previous teardown stopped after it had stopped everything that runs by itself. */
  | 'a setup after a removal'
  | 'a teardown'
  /** The stack keeps its data, users made something of every kind, and somebody deleted the setup's service account. */
  | 'a teardown that exports';

/** Expected result of a run with a single fault. */
export const recovers: Readonly<Record<Scenario, string>> = {
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
  'a teardown that exports':
    'the teardown succeeds with everything that users made in the audit bucket; no workspace, interface or lock is left',
} as Readonly<Record<Scenario, string>>;

function sameFor(scenarios: readonly Scenario[], expected: string): Partial<Record<Scenario, string>> {
  return Object.fromEntries(scenarios.map((scenario) => [scenario, expected]));
}

const failures = {
  setup:
    'the run ends FAILED with an error and leaves its lock to nobody; once the fault is gone a run succeeds with one of everything and no token',
  teardown:
    'the teardown ends FAILED with an error and leaves its lock to nobody; once the fault is gone one succeeds and nothing is left',
  export:
    'the teardown ends FAILED with an error, and neither the workspace nor what is in it is gone; its lock is left to nobody; once the fault is gone one succeeds with everything that users made in the audit bucket',
};

/** Expected result of an export when the workspace refuses a part of it for good. */
export const leftOut =
  'the teardown succeeds; the result and the manifest name what the workspace refused, and the rest is in the audit bucket';

/** Expected result of a run with a lasting fault. */
export function failsCleanly(scenario: Scenario): string {
  if (scenario === 'a teardown that exports') return failures.export;
  return scenario === 'a teardown' ? failures.teardown : failures.setup;
}
